"""Which files a batch takes: rows of bronze.file, planned on the driver."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from cdp_spark.tables.bronze import FILE

_FORM = ("file", "size_bytes", "modified_at")
_SEPARATOR, _HEX_DIGITS = "\x1f", 32
_LOST = "changed_file"


@dataclass(frozen=True)
class FilesPlan:
    """The files of one batch: `rows` in the columns of bronze.file; how many, how many records."""

    rows: pa.Table
    file_count: int
    record_count: int


def new_files(listed: pa.Table, known: pa.Table) -> pa.Table:
    """Listed files that were never taken in this form: same path, size and time of change.

    `known` are the source's rows of bronze.file. Files that could not be read, or were gone when
    their turn came, are tried again.
    """
    read = known.filter(pc.is_valid(known["sha256"])).select(_FORM)
    return listed.join(read, keys=list(_FORM), join_type="left anti").sort_by("file")


def planned_files(
    checked: pa.Table, known: pa.Table, source: str, batch: int, taken_at: datetime
) -> pa.Table:
    """bronze.file rows of a batch: checked files whose content is not yet taken from that path."""
    rows = [
        {
            "file_id": _file_id(source, row["file"], row["sha256"]),
            "source": source,
            "is_refused": row["reason"] is not None,
            "batch": batch,
            "taken_at": taken_at,
            **{name: row[name] for name in (*_FORM, "sha256", "record_count", "reason")},
        }
        for row in checked.to_pylist()
    ]
    planned = pa.Table.from_pylist(rows, schema=FILE.arrow_schema)
    taken = known.filter(pc.is_valid(known["sha256"]))["file_id"]
    return planned.filter(pc.invert(pc.is_in(planned["file_id"], value_set=taken)))


def lost_files(begun: pa.Table, found: pa.Table) -> pa.Table:
    """bronze.file rows, refused now, of planned files that a second check finds gone or changed.

    `changed_file`: its new content is a new file. They are taken as any other if they come back.
    Ranges have no content of their own: they are lost where the check gives a reason.
    """
    now = {row["file"]: row for row in found.to_pylist()}
    refused = {"sha256": None, "record_count": 0, "is_refused": True}
    rows = [
        row | refused | {"reason": check["reason"] or _LOST}
        for row in begun.to_pylist()
        if (check := now.get(row["file"]))
        and (check["sha256"] != row["sha256"] or check["reason"] is not None)
    ]
    return pa.Table.from_pylist(rows, schema=FILE.arrow_schema)


def counted_files(planned: pa.Table, counts: Mapping[str, int]) -> pa.Table:
    """bronze.file rows of planned ranges, with how many records were really found in each.

    `counts` are by file_id; one that is missing had none.
    """
    rows = [row | {"record_count": counts.get(row["file_id"], 0)} for row in planned.to_pylist()]
    return pa.Table.from_pylist(rows, schema=FILE.arrow_schema)


def last_batch(known: pa.Table) -> int:
    """Number of the newest batch planned for a source; 0 before the first."""
    return int(pc.max(known["batch"]).as_py() or 0)


def taken_in(known: pa.Table, batch: int) -> FilesPlan:
    """The files of a batch that were not refused, and how many records they hold."""
    is_taken = pc.and_(pc.equal(known["batch"], batch), pc.invert(known["is_refused"]))
    rows = known.filter(is_taken)
    return FilesPlan(rows, rows.num_rows, int(pc.sum(rows["record_count"]).as_py() or 0))


def _file_id(*parts: str | None) -> str:
    """128 bits of SHA-256, as `values.token.hashed` makes them of columns."""
    text = _SEPARATOR.join(part or "" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:_HEX_DIGITS]
