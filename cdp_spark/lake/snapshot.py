"""Reads the log of a Delta table at a version on the driver, without a Spark job.

Opening a log with Spark costs two to six jobs per version and table; delta-rs opens a small one in
a few milliseconds. Only tables on a local disk with a small log are opened here. For others the
functions return None, and the caller uses Spark, with the same result.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from cdp_spark.files.locations import is_local, opened

# A log of more files takes seconds and gigabytes on the driver, so Spark is better.
_MOST_FILES = 20_000
_VECTORS = "deletionVectors"


@dataclass(frozen=True)
class Snapshot:
    """One version of a table: its data files, their size and number of rows.

    `row_count` is None if a file has no statistics. `features` are the reader features of the
    protocol.
    """

    version: int
    files: tuple[str, ...]
    size_bytes: int
    row_count: int | None
    features: frozenset[str]

    @property
    def is_plain(self) -> bool:
        """Whether the files hold exactly the rows, without deletion vectors."""
        return _VECTORS not in self.features


def snapshot_at(path: str, version: int) -> Snapshot | None:
    """The table in a folder at a version; None if the driver can't read its log."""
    table = opened_table(path, version)
    if table is None:
        return None
    files = pa.table(table.get_add_actions(flatten=True))
    folder = str(Path(opened(path)[1]))
    counts = files["num_records"] if "num_records" in files.column_names else None
    is_counted = counts is not None and counts.null_count == 0
    return Snapshot(
        version=version,
        files=tuple(f"{folder}/{name}" for name in files["path"].to_pylist()),
        size_bytes=pc.sum(files["size_bytes"]).as_py() or 0,
        row_count=(pc.sum(counts).as_py() or 0) if is_counted else None,
        features=frozenset(table.protocol().reader_features or ()),
    )


def opened_table(path: str, version: int | None = None) -> DeltaTable | None:
    """The table, opened by delta-rs; None if the driver can't read its log."""
    if not is_local(path):
        return None
    folder = Path(opened(path)[1])
    try:
        noted = json.loads((folder / "_delta_log" / "_last_checkpoint").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        noted = {}
    if int(noted.get("numOfAddFiles") or noted.get("size") or 0) > _MOST_FILES:
        return None
    return DeltaTable(str(folder), version=version)


@dataclass(frozen=True)
class FeedSize:
    """Size of the change feed between two versions; `row_count` is None if unknown."""

    row_count: int | None
    size_bytes: int


def feed_size(path: str, first: int, last: int) -> FeedSize | None:
    """The size of the change feed from version `first` to `last`; None if only Spark knows."""
    if not is_local(path) or last - first > _MOST_FILES:
        return None
    folder = Path(opened(path)[1])
    rows: int | None = 0
    size = 0
    for version in range(first, last + 1):
        entries = list(commit_entries(folder, version))
        changed = [one["cdc"] for one in entries if "cdc" in one]
        found: list[tuple[int | None, int]]
        if changed:
            found = [(_footer_rows(folder / one["path"]), one["size"]) for one in changed]
        else:
            found = [_counted(one[kind]) for one in entries for kind in ("add", "remove")
                     if kind in one and one[kind].get("dataChange")]  # fmt: skip
        size += sum(bytes_ for _, bytes_ in found)
        is_known = rows is not None and all(count is not None for count, _ in found)
        rows = sum((count or 0 for count, _ in found), rows or 0) if is_known else None
    return FeedSize(rows, size)


def has_changed(path: str, first: int, last: int) -> bool:
    """Whether any commit from version `first` to `last` changed rows; a layout change does not.

    A commit that Delta has removed from the log counts as a change.
    """
    if not is_local(path):
        return True
    folder = Path(opened(path)[1])
    kinds = ("add", "remove")
    try:
        return any(
            entry[kind].get("dataChange", True)
            for version in range(first, last + 1)
            for entry in commit_entries(folder, version)
            for kind in kinds
            if kind in entry
        )
    except FileNotFoundError:
        return True


def commit_entries(folder: Path, version: int) -> Iterator[dict[str, Any]]:
    """The actions of one commit."""
    with (folder / "_delta_log" / f"{version:020d}.json").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _counted(action: dict[str, Any]) -> tuple[int | None, int]:
    stats = action.get("stats")
    count = json.loads(stats).get("numRecords") if stats else None
    if count is not None and action.get("deletionVector"):
        count = None
    return count, action.get("size") or 0


def _footer_rows(file: Path) -> int:
    return int(pq.read_metadata(file).num_rows)
