from datetime import date
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import ContractBroken, Lake, Overwrite
from cdp_spark.lake.commits import commit
from cdp_spark.lake.staging import Staged
from cdp_spark.lake.storage import path_of, version_of
from cdp_spark.lake.writes import INSERT, aligned, differences
from cdp_spark.tables.gold import CUSTOMER, SCORE
from cdp_spark.tables.sample import sample

_FIRST, _SECOND = date(2025, 1, 1), date(2025, 1, 2)


def _scores(spark: SparkSession, *rows: tuple[str, date, float]) -> DataFrame:
    return sample(
        spark,
        SCORE,
        *[
            {"customer_id": name, "as_of_on": day, "score": score, "model": "churn"}
            for name, day, score in rows
        ],
    )


def _changes(
    write: DataFrame | Overwrite, stored: DataFrame | None, *, is_few: bool = False
) -> set[tuple[Any, ...]]:
    rows = differences(write, stored, SCORE, is_few=is_few)
    return {(row["customer_id"], row["score"], row["_operation"]) for row in rows.collect()}


def test_all_faults_of_columns_are_named_at_once(spark: SparkSession) -> None:
    rows = sample(spark, CUSTOMER, {}).drop("email").withColumn("extra", F.lit(1))
    with pytest.raises(ContractBroken) as raised:
        aligned(rows.withColumn("city", F.lit(1.5)), CUSTOMER)
    for part in (
        "gold.customer: ",
        "column email is missing",
        "column extra is not in the contract",
        "column city: expected string, found",
    ):
        assert part in str(raised.value)
    shuffled = sample(spark, CUSTOMER, {}).select(*reversed(CUSTOMER.columns))
    assert aligned(shuffled, CUSTOMER).columns == list(CUSTOMER.columns)


def test_a_merge_finds_new_and_changed_rows_and_an_overwrite_also_deleted_ones(
    spark: SparkSession,
) -> None:
    stored = _scores(spark, ("same", _FIRST, 0.1), ("other", _FIRST, 0.2), ("gone", _FIRST, 0.3),
                     ("elsewhere", _SECOND, 0.4))  # fmt: skip
    wanted = _scores(spark, ("same", _FIRST, 0.1), ("other", _FIRST, 0.9), ("new", _FIRST, 0.5))
    merged = {("other", 0.9, "update"), ("new", 0.5, "insert")}
    assert _changes(wanted, stored) == merged
    assert _changes(wanted, stored, is_few=True) == merged
    gone = {("gone", 0.3, "delete")}
    scope = spark.createDataFrame([(_FIRST,), (_FIRST,)], "as_of_on date")
    assert _changes(Overwrite(wanted, scope=scope), stored) == merged | gone
    everything = merged | gone | {("elsewhere", 0.4, "delete")}
    assert _changes(Overwrite(wanted), stored) == everything
    assert {row[2] for row in _changes(wanted, None)} == {"insert"}


def test_new_rows_are_appended_and_others_merged(spark: SparkSession, lake: Lake) -> None:
    lake.merge(SCORE, _scores(spark, ("a", _FIRST, 0.1)))
    lake.merge(SCORE, _scores(spark, ("b", _FIRST, 0.2)))
    lake.merge(SCORE, _scores(spark, ("b", _FIRST, 0.3), ("c", _SECOND, 0.4)))
    lake.publish({SCORE: Overwrite(_scores(spark, ("c", _SECOND, 0.4)))})
    history = spark.sql(f"DESCRIBE HISTORY delta.`{path_of(lake.root, SCORE)}`").collect()
    kinds = [row["operation"] for row in sorted(history, key=lambda row: int(row["version"]))]
    assert kinds[-4:] == ["WRITE", "WRITE", "MERGE", "MERGE"]
    assert "as_of_on" in str(history[0]["operationParameters"])
    assert [(row["customer_id"], row["score"]) for row in lake.read(SCORE).collect()] == [
        ("c", 0.4)
    ]


def test_of_two_appends_upon_one_version_one_is_committed(spark: SparkSession, lake: Lake) -> None:
    """The second is of a process that was stopped while its run was repeated."""
    lake.merge(SCORE, _scores(spark, ("a", _FIRST, 0.1)))
    base = version_of(lake.root, SCORE)
    late = Staged(SCORE, _scores(spark, ("b", _FIRST, 0.2)), {INSERT: 1})
    for _ in range(2):
        commit(spark, lake.root, late, base)
    assert sorted(row["customer_id"] for row in lake.read(SCORE).collect()) == ["a"]
    table = spark.read.format("delta").load(path_of(lake.root, SCORE))
    assert sorted(row["customer_id"] for row in table.collect()) == ["a", "b"]
    assert version_of(lake.root, SCORE) == base + 1
