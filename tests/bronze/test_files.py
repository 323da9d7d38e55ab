from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from cdp_spark.bronze.files import (
    counted_files,
    files_of,
    last_batch,
    new_files,
    planned_files,
    taken_in,
)
from cdp_spark.sources.files import CHECKED, LISTED
from cdp_spark.tables.bronze import FILE
from cdp_spark.tables.sample import sample

_NOW = datetime(2025, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)


def _listed(spark: SparkSession, *files: tuple[str, int, datetime]) -> DataFrame:
    return spark.createDataFrame(
        [(file, f"/x/{file}", size, at) for file, size, at in files], LISTED
    )


def _checked(spark: SparkSession, *files: tuple[str, str | None, int, str | None]) -> DataFrame:
    rows = [(name, f"/x/{name}", 9, _NOW, *others) for name, *others in files]
    return spark.createDataFrame(rows, CHECKED)


def _known(spark: SparkSession, *files: dict[str, Any]) -> DataFrame:
    filled: dict[str, Any] = {"source": "web", "size_bytes": 9, "modified_at": _NOW, "sha256": "s"}
    return sample(spark, FILE, *[filled | file for file in files])


def test_a_file_is_new_unless_it_was_read_in_this_form(spark: SparkSession) -> None:
    known = _known(spark, {"file": "same"}, {"file": "longer"}, {"file": "later"},
                   {"file": "unread", "sha256": None})  # fmt: skip
    tick = timedelta(microseconds=1)
    listed = _listed(spark, ("same", 9, _NOW), ("longer", 10, _NOW), ("later", 9, _NOW + tick),
                     ("unread", 9, _NOW), ("never seen", 9, _NOW))  # fmt: skip
    found = {row["file"] for row in new_files(listed, known).collect()}
    assert found == {"longer", "later", "unread", "never seen"}


def test_the_same_content_at_the_same_path_is_planned_once(spark: SparkSession) -> None:
    gone = ("c", None, 0, "missing_file")
    delivered = _checked(spark, ("a", "one", 3, None), ("b", "one", 3, None), gone)
    first = planned_files(delivered, _known(spark), "web", 1, _NOW)
    rows = {row["file"]: row for row in first.collect()}
    assert first.columns == list(FILE.columns)
    assert len({row["file_id"] for row in rows.values()}) == 3
    assert {(name, row["is_refused"], row["batch"]) for name, row in rows.items()} == {
        ("a", False, 1),
        ("b", False, 1),
        ("c", True, 1),
    }
    again = _checked(spark, ("a", "one", 3, None), ("b", "two", 3, None), ("c", "now", 2, None))
    second = planned_files(again, first, "web", 2, _NOW)
    assert {row["file"] for row in second.collect()} == {"b", "c"}
    elsewhere = planned_files(again, first, "app", 2, _NOW)
    assert elsewhere.count() == 3


def test_a_batch_is_what_was_planned_and_not_refused(spark: SparkSession) -> None:
    known = _known(
        spark,
        {"batch": 1, "record_count": 5},
        {"batch": 2, "record_count": 3},
        {"batch": 2, "record_count": 4},
        {"batch": 2, "is_refused": True, "reason": "empty_file"},
        {"batch": 9, "source": "app"},
    )
    web = files_of(known, "web")
    assert last_batch(web) == 2
    plan = taken_in(web, 2)
    assert (plan.file_count, plan.record_count, plan.rows.count()) == (2, 7, 2)
    none = files_of(known, "nobody")
    assert (last_batch(none), taken_in(none, 0).file_count) == (0, 0)


def test_a_range_holds_what_was_found_in_it(spark: SparkSession) -> None:
    planned = _known(spark, {"file_id": "f", "sha256": None}, {"file_id": "g", "sha256": None})
    found = counted_files(planned, spark.createDataFrame([("f",), ("f",)], "file_id string"))
    assert found.columns == list(FILE.columns)
    assert {row["file_id"]: row["record_count"] for row in found.collect()} == {"f": 2, "g": 0}
