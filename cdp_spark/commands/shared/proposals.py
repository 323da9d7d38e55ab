"""The entry of a source, proposed from a sample file, and its rows as they would come out."""

import csv
import zlib
from pathlib import Path

import pyarrow as pa

from cdp_spark.sources import SourceUnreadable, known_formats
from cdp_spark.sources.inference.proposal import Proposal, proposal_of
from cdp_spark.sources.inference.questions import NOBODY, Given
from cdp_spark.sources.inference.sniffing import Sniffed, sniffed
from cdp_spark.sources.reader import FileRejected

_FAULTS = (
    FileRejected, pa.ArrowException, zlib.error, csv.Error, OSError, EOFError, ValueError,
    RecursionError,
)  # fmt: skip


def proposed_source(name: str, sample: Path, given: Given = NOBODY) -> Proposal:
    """The entry as YAML, with a reason for each guess, and the first rows, masked.

    Raises:
        SourceUnreadable: the sample is missing, damaged or empty.
    """
    return proposal_of(name, _sniffed(sample), set(known_formats()), given)


def _sniffed(sample: Path) -> Sniffed:
    if not sample.exists():
        raise SourceUnreadable(f"{sample}: no such file")
    if sample.is_dir():
        raise SourceUnreadable(f"{sample}: a folder; name one of its files")
    if not sample.stat().st_size:
        raise SourceUnreadable(f"{sample}: empty; give a file with records")
    try:
        return sniffed(sample)
    except _FAULTS as fault:
        raise SourceUnreadable(
            f"{sample}: can't be read: {_reason(fault)}; give a complete file"
        ) from fault


def _reason(fault: Exception) -> str:
    """What is wrong with a file, without any content of it."""
    match fault:
        case FileRejected():
            return str(fault)
        case PermissionError():
            return "this user has no permission"
        case zlib.error() | EOFError():
            return "a damaged archive, or none"
        case csv.Error():
            return f"its rows can't be split ({fault})"
        case _:
            return "damaged, or not of the kind that its first bytes name"
