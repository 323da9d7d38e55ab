"""The entry of a source, proposed from a sample file, and its rows as they would come out."""

from pathlib import Path

from cdp_spark.sources import SourceUnreadable, known_formats
from cdp_spark.sources.inference.proposal import preview_of, proposed_entry
from cdp_spark.sources.inference.sniffing import Sniffed, sniffed
from cdp_spark.sources.reader import FileRejected


def proposed_source(name: str, sample: Path) -> str:
    """The entry as YAML, with a reason for each guess.

    Raises:
        SourceUnreadable: the sample is missing, damaged or empty.
    """
    return proposed_entry(name, _sniffed(sample), set(known_formats()))


def first_rows(name: str, sample: Path) -> list[tuple[str, ...]]:
    """Event id, time, event, amount and identifiers of the first rows of a table, masked.

    Raises:
        SourceUnreadable: the sample is missing, damaged or empty.
    """
    return preview_of(name, _sniffed(sample), set(known_formats()))


def _sniffed(sample: Path) -> Sniffed:
    try:
        return sniffed(sample)
    except (FileRejected, OSError, EOFError, ValueError) as fault:
        reason = str(fault) if isinstance(fault, FileRejected) else type(fault).__name__
        raise SourceUnreadable(
            f"{sample}: can't be read: {reason}; give a complete file"
        ) from fault
