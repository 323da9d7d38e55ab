from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import Append, ContractBroken, Lake, TableMoved, publishing
from cdp_spark.lake.storage import version_of
from cdp_spark.tables.gold import SCORE
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT

Opened = Callable[..., Lake]


def _scores(spark: SparkSession, *names: str) -> DataFrame:
    day = date(2025, 1, 1)
    return sample(spark, SCORE, *[{"customer_id": n, "as_of_on": day, "model": "m"} for n in names])


@pytest.mark.parametrize("most", [5, None])
def test_new_rows_are_appended_and_counted_whether_few_or_not_known(
    spark: SparkSession, open_lake: Opened, most: int | None
) -> None:
    for names in ("ab", "c"):
        lake, rows = open_lake(), _scores(spark, *names)
        lake.publish({SCORE: Append(rows, otherwise=rows, most=most)})
        assert lake.ledger.writes[SCORE.name]["inserted_count"] == len(names)
        lake.finish(0.0)
    assert {row["customer_id"] for row in open_lake().read(SCORE).collect()} == {"a", "b", "c"}


def test_rows_without_a_required_value_are_rejected_during_the_write(
    spark: SparkSession, lake: Lake
) -> None:
    rows = _scores(spark, "a").withColumn("model_id", F.lit(None).cast("string"))
    with pytest.raises(ContractBroken, match=r"gold\.score: .*model_id"):
        lake.publish({SCORE: Append(rows, otherwise=rows)})
    assert Lake(spark, lake.root, lake.run).read(SCORE).count() == 0


def test_a_dry_run_counts_and_makes_nothing(spark: SparkSession, open_lake: Opened) -> None:
    dry = open_lake()
    dry = Lake(spark, dry.root, replace(dry.run, is_dry=True))
    events = sample(spark, EVENT, {"event_id": "a"}, {"event_id": "b"})
    dry.publish({EVENT: Append(events, otherwise=events), SCORE: _scores(spark, "a")})
    assert dry.ledger.writes[EVENT.name]["inserted_count"] == 2
    assert dry.ledger.writes[SCORE.name]["inserted_count"] == 1
    assert [version_of(dry.root, table) for table in (EVENT, SCORE)] == [-1, -1]


def test_an_append_to_a_table_that_moved_is_rejected(
    spark: SparkSession, open_lake: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = _scores(spark, "a")
    open_lake().publish({SCORE: Append(rows, otherwise=rows)})
    mine = open_lake("another")
    assert mine.read(SCORE).count() == 1
    open_lake().merge(SCORE, _scores(spark, "b"))
    # As one who does not see that the table is not as this job left it.
    monkeypatch.setattr(type(mine.versions), "is_unchanged_by_others", lambda *_: True)
    with pytest.raises(TableMoved, match="run again"):
        mine.publish({SCORE: Append(_scores(spark, "c"), otherwise=rows)})


def test_a_batch_of_an_unexpected_size_is_rejected(
    spark: SparkSession, open_lake: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ContractBroken, match="writer batch 1: expected 3 rows, found 1"):
        open_lake().append_once(SCORE, _scores(spark, "a"), "writer", 1, expected=3)
    assert open_lake().read(SCORE).count() == 0
    monkeypatch.setattr(publishing, "_MOST_FETCHED", 0)
    open_lake().append_once(SCORE, _scores(spark, "a"), "writer", 1, expected=1)
    open_lake().append_once(SCORE, _scores(spark, "a"), "writer", 1, expected=1)
    assert open_lake().read(SCORE).count() == 1
