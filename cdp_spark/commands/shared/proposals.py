"""The entry of a source, proposed from a sample file."""

from pathlib import Path

from cdp_spark.sources import SourceUnreadable, known_formats
from cdp_spark.sources.inference.proposal import proposed_entry
from cdp_spark.sources.inference.sniffing import sniffed
from cdp_spark.sources.reader import FileRejected


def proposed_source(name: str, sample: Path) -> str:
    """The entry as YAML, with a reason for each guess.

    Raises:
        SourceUnreadable: the sample is missing, damaged or empty.
    """
    try:
        return proposed_entry(name, sniffed(sample), set(known_formats()))
    except (FileRejected, OSError, EOFError, ValueError) as fault:
        reason = str(fault) if isinstance(fault, FileRejected) else type(fault).__name__
        raise SourceUnreadable(
            f"{sample}: can't be read: {reason}; give a complete file"
        ) from fault
