from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.bronze.files import (
    accepted_files,
    counted_files,
    last_batch,
    new_files,
    planned_files,
    rechecked_files,
    rejected_files,
)
from cdp_spark.sources.files import CHECKED, LISTED
from cdp_spark.tables.bronze import FILE
from cdp_spark.values.token import hashed

_NOW = datetime(2025, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)


def _listed(*files: tuple[str, int, datetime]) -> pa.Table:
    names = ("file", "size_bytes", "modified_at")
    rows = [dict(zip(names, one, strict=True)) | {"uri": f"/x/{one[0]}"} for one in files]
    return pa.Table.from_pylist(rows, schema=LISTED)


def _checked(*files: tuple[str, str | None, int, str | None]) -> pa.Table:
    names = ("file", "sha256", "record_count", "reason")
    filled = {"size_bytes": 9, "modified_at": _NOW}
    rows = [filled | dict(zip(names, one, strict=True)) for one in files]
    return pa.Table.from_pylist(rows, schema=CHECKED)


def _known(*files: dict[str, Any]) -> pa.Table:
    filled: dict[str, Any] = {
        "source": "web", "size_bytes": 9, "modified_at": _NOW, "sha256": "s", "is_rejected": False,
        "record_count": 0,
    }  # fmt: skip
    return pa.Table.from_pylist([filled | file for file in files], schema=FILE.arrow_schema)


def test_a_file_is_new_unless_it_was_read_in_this_form() -> None:
    known = _known({"file": "same"}, {"file": "longer"}, {"file": "later"},
                   {"file": "unread", "sha256": None})  # fmt: skip
    tick = timedelta(microseconds=1)
    listed = _listed(("same", 9, _NOW), ("longer", 10, _NOW), ("later", 9, _NOW + tick),
                     ("unread", 9, _NOW), ("never seen", 9, _NOW))  # fmt: skip
    found = new_files(listed, known)["file"].to_pylist()
    assert found == ["later", "longer", "never seen", "unread"]


def test_the_same_content_at_the_same_path_is_planned_once(spark: SparkSession) -> None:
    gone = ("c", None, 0, "missing_file")
    delivered = _checked(("a", "one", 3, None), ("b", "one", 3, None), gone)
    first = planned_files(delivered, _known(), "web", 1, _NOW)
    rows = {row["file"]: row for row in first.to_pylist()}
    assert first.schema == FILE.arrow_schema
    assert len({row["file_id"] for row in rows.values()}) == 3
    assert {(name, row["is_rejected"], row["batch"]) for name, row in rows.items()} == {
        ("a", False, 1),
        ("b", False, 1),
        ("c", True, 1),
    }
    again = _checked(("a", "one", 3, None), ("b", "two", 3, None), ("c", "now", 2, None))
    assert planned_files(again, first, "web", 2, _NOW)["file"].to_pylist() == ["b", "c"]
    assert planned_files(again, first, "app", 2, _NOW).num_rows == 3
    of_columns = hashed(F.lit("web"), F.lit("a"), F.lit("one"))
    assert spark.range(1).select(of_columns.alias("id")).collect()[0]["id"] == rows["a"]["file_id"]


def test_a_batch_is_its_planned_files_that_were_not_rejected() -> None:
    web = _known(
        {"batch": 1, "record_count": 5},
        {"batch": 2, "record_count": 3},
        {"batch": 2, "record_count": 4},
        {"batch": 2, "is_rejected": True, "reason": "empty_file"},
    )
    assert last_batch(web) == 2
    plan = accepted_files(web, 2)
    assert (plan.file_count, plan.record_count, plan.rows.num_rows) == (2, 7, 2)
    assert (last_batch(_known()), accepted_files(_known(), 0).file_count) == (0, 0)


def test_planned_files_that_changed_or_are_gone_are_rejected() -> None:
    begun = _known({"file": "same", "record_count": 3}, {"file": "other", "record_count": 3},
                   {"file": "gone", "record_count": 3})  # fmt: skip
    found = _checked(("same", "s", 3, None), ("other", "t", 2, None), ("gone", None, 0, "missing"))
    lost = {row["file"]: row for row in rechecked_files(begun, found).to_pylist()}
    assert {name: row["reason"] for name, row in lost.items()} == {
        "other": "changed_file",
        "gone": "missing",
    }
    assert all(row["is_rejected"] and row["record_count"] == 0 for row in lost.values())
    assert all(row["sha256"] is None for row in lost.values())


def test_a_planned_file_is_counted_again_before_its_batch_is_finished() -> None:
    """Else the number of its records never fits after an upgrade, and each run stops."""
    begun = _known({"file": "same", "record_count": 3}, {"file": "split", "record_count": 1})
    found = _checked(("same", "s", 3, None), ("split", "s", 4, None))
    (row,) = rechecked_files(begun, found).to_pylist()
    assert (row["file"], row["record_count"], row["is_rejected"]) == ("split", 4, False)
    assert row["sha256"] is not None


def test_a_range_holds_what_was_found_in_it() -> None:
    planned = _known({"file_id": "f", "sha256": None}, {"file_id": "g", "sha256": None})
    found = counted_files(planned, {"f": 2})
    assert found.schema == FILE.arrow_schema
    assert {row["file_id"]: row["record_count"] for row in found.to_pylist()} == {"f": 2, "g": 0}


def test_a_file_rejected_whole_is_listed_until_it_is_delivered_again() -> None:
    at = {"taken_at": _NOW, "batch": 1}
    torn = at | {"file": "torn", "is_rejected": True}
    mended = [at | {"file": "mended", "is_rejected": True}, at | {"file": "mended", "batch": 2}]
    broken_since = [at | {"file": "was good"}, at | {"file": "was good", "batch": 2,
                    "is_rejected": True, "taken_at": _NOW + timedelta(days=1)}]  # fmt: skip
    known = _known({"file": "good"} | at, torn, *mended, *broken_since)
    assert rejected_files(known)["file"].to_pylist() == ["torn", "was good"]
    since = _NOW + timedelta(hours=1)
    assert rejected_files(known, since=since)["file"].to_pylist() == ["was good"]
