"""The files of a batch: rows of bronze.file, planned on the driver."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cdp_spark.tables.bronze import FILE

_IDENTITY = ("file", "size_bytes", "modified_at")
_SEPARATOR, _HEX_DIGITS = "\x1f", 32
_CHANGED = "changed_file"


@dataclass(frozen=True)
class FilesPlan:
    """The files of one batch, as rows of bronze.file, with the number of files and of records."""

    rows: pa.Table
    file_count: int
    record_count: int


def new_files(listed: pa.Table, known: pa.Table) -> pa.Table:
    """Listed files that were not read before with the same path, size and modification time.

    `known` are the source's rows of bronze.file. Files that could not be read or had disappeared
    are tried again.
    """
    read = known.filter(pc.is_valid(known["sha256"])).select(_IDENTITY)
    return listed.join(read, keys=list(_IDENTITY), join_type="left anti").sort_by("file")


def planned_files(
    checked: pa.Table, known: pa.Table, source: str, batch: int, taken_at: datetime
) -> pa.Table:
    """bronze.file rows of a batch: checked files with new content for their path."""
    rows = [
        {
            "file_id": _file_id(source, row["file"], row["sha256"]),
            "source": source,
            "is_rejected": row["reason"] is not None,
            "batch": batch,
            "taken_at": taken_at,
            **{name: row[name] for name in (*_IDENTITY, "sha256", "record_count", "reason")},
        }
        for row in checked.to_pylist()
    ]
    planned = pa.Table.from_pylist(rows, schema=FILE.arrow_schema)
    stored = known.filter(pc.is_valid(known["sha256"]))["file_id"]
    return planned.filter(pc.invert(pc.is_in(planned["file_id"], value_set=stored)))


def rechecked_files(planned: pa.Table, checked: pa.Table) -> pa.Table:
    """bronze.file rows, as they are now, of planned files for which a second check finds otherwise.

    Rejected if a file is gone or changed. `changed_file`: the new content counts as a new file. A
    file that comes back is ingested like any other. A range has no content of its own: it is lost
    if the check gives a reason. The same content may have another `record_count`: by a new version
    or another format of the source, records that hold several are split otherwise.
    """
    checks = {row["file"]: row for row in checked.to_pylist()}
    rows = [
        row | _finding(row, check)
        for row in planned.to_pylist()
        if (check := checks.get(row["file"])) and _finding(row, check).items() - row.items()
    ]
    return pa.Table.from_pylist(rows, schema=FILE.arrow_schema)


def _finding(row: dict[str, Any], check: dict[str, Any]) -> dict[str, Any]:
    if check["sha256"] == row["sha256"] and check["reason"] is None:
        return {"record_count": check["record_count"]}
    rejected = {"sha256": None, "record_count": 0, "is_rejected": True}
    return rejected | {"reason": check["reason"] or _CHANGED}


def rejected_files(known: pa.Table, *, since: datetime | None = None) -> pa.Table:
    """Files rejected whole, in a run that began `since` or later, by source and name.

    Not those that a later delivery under the same name replaced.
    """
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sorted(known.to_pylist(), key=lambda row: (row["batch"], row["taken_at"])):
        latest[row["source"], row["file"]] = row
    rows = [
        row
        for _, row in sorted(latest.items())
        if row["is_rejected"] and (since is None or row["taken_at"] >= since)
    ]
    return pa.Table.from_pylist(rows, schema=FILE.arrow_schema)


def counted_files(planned: pa.Table, counts: Mapping[str, int]) -> pa.Table:
    """bronze.file rows of planned ranges, with the number of records read from each.

    `counts` are by file_id; a missing range had no records.
    """
    rows = [row | {"record_count": counts.get(row["file_id"], 0)} for row in planned.to_pylist()]
    return pa.Table.from_pylist(rows, schema=FILE.arrow_schema)


def last_batch(known: pa.Table) -> int:
    """Number of the newest batch planned for a source; 0 before the first."""
    return int(pc.max(known["batch"]).as_py() or 0)


def last_accepted_batch(known: pa.Table, before: int) -> int:
    """Number of the newest batch before another with a file that was not rejected; 0 if none."""
    is_earlier = pc.and_(pc.less(known["batch"], before), pc.invert(known["is_rejected"]))
    return int(pc.max(known.filter(is_earlier)["batch"]).as_py() or 0)


def accepted_files(known: pa.Table, batch: int) -> FilesPlan:
    """The files of a batch that were not rejected, and their number of records."""
    is_accepted = pc.and_(pc.equal(known["batch"], batch), pc.invert(known["is_rejected"]))
    rows = known.filter(is_accepted)
    return FilesPlan(rows, rows.num_rows, int(pc.sum(rows["record_count"]).as_py() or 0))


def _file_id(*parts: str | None) -> str:
    """128 bits of SHA-256, as `values.token.hashed` computes them in Spark."""
    text = _SEPARATOR.join(part or "" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:_HEX_DIGITS]
