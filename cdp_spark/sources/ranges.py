"""Ranges of offsets or of a cursor: the batches of sources that are not files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from cdp_spark.sources.files import CHECKED, LISTED

CUT = "cut_offsets"
_BETWEEN = ".."


@dataclass(frozen=True)
class Range:
    """A part of a stream, written `STREAM/START..END` in bronze.file.

    A stream is a partition of a topic, or a table with its cursor; it grows at its end only.
    """

    stream: str
    start: str
    end: str

    @property
    def file(self) -> str:
        """Its name in bronze.file."""
        return f"{self.place}{_BETWEEN}{self.end}"

    @property
    def place(self) -> str:
        """Its start, as `STREAM/START`."""
        return f"{self.stream}/{self.start}"

    @classmethod
    def of(cls, file: str) -> Self:
        """The range with a name in bronze.file."""
        place, end = file.split(_BETWEEN)
        stream, start = place.rsplit("/", 1)
        return cls(stream, start, end)


def listed_ranges(ranges: Iterable[Range]) -> pa.Table:
    """One row per range, in the columns of listed files, without size and modification time."""
    rows = [{"file": one.file, "uri": one.file, "size_bytes": 0} for one in ranges]
    return pa.Table.from_pylist(rows, schema=LISTED)


def checked_ranges(files: pa.Table, lost: Mapping[str, str]) -> pa.Table:
    """The ranges in the columns of checked files; `lost` maps unreadable ones to the reason.

    Their number of records is known only after reading.
    """
    names = ("file", "size_bytes", "modified_at")
    rows = [
        {name: row[name] for name in names}
        | {"uri": row["file"], "record_count": 0, "reason": lost.get(row["file"])}
        for row in files.to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=CHECKED)


def newest_ends(known: pa.Table) -> dict[str, str]:
    """Stream → end of its newest planned range; `known` are a source's rows of bronze.file.

    A range that was cut is planned again from its start.
    """
    is_range = pc.and_(pc.is_null(known["sha256"]), pc.match_substring(known["file"], _BETWEEN))
    columns = ["file", "batch", "reason"]
    planned = known.filter(is_range).select(columns).sort_by("batch")
    ranges = [row["file"] for row in planned.to_pylist() if row["reason"] != CUT]
    return {one.stream: one.end for one in map(Range.of, ranges)}
