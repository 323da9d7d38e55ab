"""Rejected records that wait for a fix."""

from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.silver.waiting import (
    dismissals_of,
    not_dismissed,
    outcomes_by_file,
    waiting_groups,
    waiting_records,
)
from cdp_spark.tables.bronze import FILE, RECORD
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import DISMISSAL, DUPLICATE, REJECTED

# File (version), records of it with their outcomes: a accepted, r rejected, d duplicate,
# p rejected and replayed since.
_FILES = {
    ("a.csv", "a1", 1): "aardp",
    ("b.csv", "b1", 1): "rr",  # and delivered again, mended:
    ("b.csv", "b2", 2): "aa",
    ("c.csv", "c1", 3): "rrr",
}


class _Lake:
    def __init__(self, spark: SparkSession) -> None:
        files, records, rejected, duplicates = [], [], [], []
        for (file, file_id, batch), outcomes in _FILES.items():
            origin: dict[str, Any] = {"source": "shop", "batch": batch}
            files.append(origin | {"file": file, "file_id": file_id, "is_rejected": False})
            for number, outcome in enumerate(outcomes):
                one = origin | {"record_id": f"{file_id}-{number}"}
                records.append(one | {"file": file, "file_id": file_id})
                if outcome in "rp":
                    reason = {"reason": "no_id" if number else "no_time", "raw": b"7;x",
                              "detail": "id", "is_replayed": outcome == "p"}  # fmt: skip
                    rejected.append(one | reason)
                if outcome == "d":
                    duplicates.append(one)
        self.files = sample(spark, FILE, *files)
        self.records = sample(spark, RECORD, *records)
        self.rejected = sample(spark, REJECTED, *rejected)
        self.duplicates = sample(spark, DUPLICATE, *duplicates)
        self.dismissals = sample(spark, DISMISSAL)

    def waiting(self, dismissals: DataFrame) -> DataFrame:
        return waiting_records(self.rejected, dismissals, self.files, self.records)


@pytest.fixture(scope="module")
def shop(spark: SparkSession) -> _Lake:
    return _Lake(spark)


def _ids(rows: DataFrame) -> list[str]:
    return sorted(row["record_id"] for row in rows.collect())


def test_records_wait_until_they_are_replayed_or_their_file_comes_again(shop: _Lake) -> None:
    assert _ids(shop.waiting(shop.dismissals)) == ["a1-2", "c1-0", "c1-1", "c1-2"]


def test_a_dismissal_covers_the_batches_until_then_and_no_other_reason(
    spark: SparkSession, shop: _Lake
) -> None:
    dismissed = sample(spark, DISMISSAL, {"source": "shop", "reason": "no_id", "batch": 2})
    assert _ids(shop.waiting(dismissed)) == ["c1-0", "c1-1", "c1-2"]
    later = sample(spark, DISMISSAL, {"source": "shop", "reason": "no_id", "batch": 3})
    assert _ids(shop.waiting(dismissed.union(later))) == ["c1-0"]


def test_what_is_dismissed_is_named_by_source_and_reason(shop: _Lake) -> None:
    rows = dismissals_of(shop.rejected, "ana", reason="no_id")
    assert [tuple(row) for row in rows.collect()] == [("shop", "no_id", 3, "ana")]
    every = dismissals_of(shop.rejected, "ana").withColumn("dismissed_at", F.lit(None))
    assert not not_dismissed(shop.rejected, every).collect()


def test_each_file_has_the_outcomes_of_all_its_records(shop: _Lake) -> None:
    waiting = shop.waiting(shop.dismissals)
    found = outcomes_by_file(waiting, shop.records, shop.rejected, shop.duplicates).collect()
    names = ("record_count", "accepted_count", "rejected_count", "duplicate_count")
    counts = {row["file"]: tuple(row[name] for name in names) for row in found}
    assert counts == {"c.csv": (3, 0, 3, 0), "a.csv": (5, 3, 1, 1)}


def test_reasons_come_with_the_smallest_record(shop: _Lake) -> None:
    found = waiting_groups(shop.waiting(shop.dismissals)).collect()
    assert [(row["reason"], row["record_count"]) for row in found] == [("no_id", 3), ("no_time", 1)]
    assert bytes(found[0]["example"]) == b"7;x"
