from dataclasses import replace
from datetime import date

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import ContractBroken, Lake
from cdp_spark.lake.staging import Staged, staged_tables
from cdp_spark.lake.workspace import Materialized
from cdp_spark.lake.writes import OPERATION
from cdp_spark.tables.gold import SCORE
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT


def _kept(lake: Lake, rows: DataFrame, *, is_small: bool) -> Materialized:
    one = lake.workspace.materialize("rows", rows)
    return one if is_small else replace(one, is_small=False)


def _scores(spark: SparkSession, *names: str, operation: str = "insert") -> DataFrame:
    day = date(2025, 1, 1)
    rows = [{"customer_id": name, "as_of_on": day, "model": "churn"} for name in names]
    return sample(spark, SCORE, *rows).withColumn(OPERATION, F.lit(operation))


@pytest.mark.parametrize("is_small", [True, False])
def test_rows_are_counted_by_what_is_to_be_done(
    spark: SparkSession, lake: Lake, *, is_small: bool
) -> None:
    rows = _scores(spark, "a", "b").unionByName(_scores(spark, "c", operation="delete"))
    events = sample(spark, EVENT, {"event_id": "a"}).withColumn(OPERATION, F.lit("insert"))
    kept = {table: _kept(lake, one, is_small=is_small)
            for table, one in ((SCORE, rows), (EVENT, events))}  # fmt: skip
    found = {change.table.name: change for change in staged_tables(kept)}
    assert dict(found[SCORE.name].counts) == {"insert": 2, "delete": 1}
    assert dict(found[EVENT.name].counts) == {"insert": 1}
    assert (found[SCORE.name].arrow is not None) == is_small
    assert found[SCORE.name].total == 3


@pytest.mark.parametrize("is_small", [True, False])
def test_nulls_and_keys_that_stand_twice_are_found(
    spark: SparkSession, lake: Lake, *, is_small: bool
) -> None:
    twice = _kept(lake, _scores(spark, "a", "a", "b", "b", "c"), is_small=is_small)
    with pytest.raises(
        ContractBroken, match=r"per key \(customer_id, .*\), found several for 2 keys"
    ):
        staged_tables({SCORE: twice})
    nameless = _scores(spark, "a").withColumn("model_id", F.lit(None).cast("string"))
    with pytest.raises(
        ContractBroken, match=r"gold\.score: model_id is required, but null in 1 rows"
    ):
        staged_tables({SCORE: _kept(lake, nameless, is_small=is_small)})
    gone = nameless.withColumn(OPERATION, F.lit("delete"))
    assert staged_tables({SCORE: _kept(lake, gone, is_small=is_small)})[0].total == 1


def test_nothing_changes_where_there_are_no_rows(spark: SparkSession, lake: Lake) -> None:
    none = lake.workspace.materialize("none", _scores(spark, "a").where("score > 1"))
    assert staged_tables({SCORE: none}) == [Staged(SCORE, none.rows, {})]
