"""The entry of a source, proposed from a sample file, and its rows as they would come out."""

from pathlib import Path

from cdp_spark.sources import SourceUnreadable, known_formats
from cdp_spark.sources.inference.assumptions import NOBODY, Given
from cdp_spark.sources.inference.proposal import Proposal, proposal_of
from cdp_spark.sources.inference.sniffing import Sniffed, sniffed
from cdp_spark.sources.reader import FileRejected


def proposed_source(name: str, sample: Path, given: Given = NOBODY) -> Proposal:
    """The entry as YAML, with a reason for each guess, and the first rows, masked.

    Raises:
        SourceUnreadable: the sample is missing, damaged or empty.
    """
    return proposal_of(name, _sniffed(sample), set(known_formats()), given)


def _sniffed(sample: Path) -> Sniffed:
    try:
        return sniffed(sample)
    except (FileRejected, OSError, EOFError, ValueError) as fault:
        reason = str(fault) if isinstance(fault, FileRejected) else type(fault).__name__
        raise SourceUnreadable(
            f"{sample}: can't be read: {reason}; give a complete file"
        ) from fault
