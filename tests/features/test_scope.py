"""Which snapshots a run has to make."""

from datetime import date, timedelta
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.features.scope import (
    matured_days,
    repartitioned,
    snapshot_days,
    stale_labels,
    stale_traits,
)
from cdp_spark.features.settings import DaysSettings, FeaturesSettings, LabelSettings
from cdp_spark.tables.features import LABEL, TRAIT
from cdp_spark.tables.gold import ACTIVITY
from cdp_spark.tables.sample import sample

FIRST, SECOND, THIRD = (date(2025, 3, day) for day in (10, 20, 30))
SETTINGS = FeaturesSettings(
    labels=(
        LabelSettings(name="churn_5d", kind="inactive", horizon_days=5),
        LabelSettings(name="spend_15d", kind="spend", horizon_days=15),
    )
)


def _activity(spark: SparkSession, **first_on: date) -> DataFrame:
    rows: list[dict[str, Any]] = [
        {"customer_id": who, "event_on": day, "available_on": day} for who, day in first_on.items()
    ]
    return sample(spark, ACTIVITY, *rows)


def _keys(snapshots: DataFrame) -> list[tuple[str, date]]:
    return sorted((row.customer_id, row.as_of_on) for row in snapshots.collect())


def test_the_run_s_day_joins_the_listed_days_before_it() -> None:
    listed = DaysSettings(listed=(THIRD, FIRST))
    assert snapshot_days(listed, SECOND) == (FIRST, SECOND)


def test_activity_is_spread_where_many_snapshots_are_made_of_it(spark: SparkSession) -> None:
    activity = _activity(spark, ann=FIRST, bob=SECOND).coalesce(1)
    assert repartitioned(activity, 1) is activity
    wide = repartitioned(activity, 1_000_000)
    assert wide is not activity
    assert sorted(map(str, wide.collect())) == sorted(map(str, activity.collect()))


def test_at_first_everybody_is_stale_on_the_days_after_they_were_known(
    spark: SparkSession,
) -> None:
    activity = _activity(spark, ann=FIRST, bob=SECOND)
    scope = stale_traits(activity, activity, sample(spark, TRAIT), (FIRST, SECOND, THIRD))
    assert _keys(scope) == [("ann", SECOND), ("ann", THIRD), ("bob", THIRD)]


def test_a_new_event_makes_only_the_new_day_stale(spark: SparkSession) -> None:
    known = sample(spark, TRAIT, {"customer_id": "ann", "as_of_on": SECOND})
    activity = _activity(spark, ann=FIRST)
    changes = _activity(spark, ann=SECOND)
    assert _keys(stale_traits(activity, changes, known, (SECOND,))) == []
    assert _keys(stale_traits(activity, changes, known, (SECOND, THIRD))) == [("ann", THIRD)]


def test_a_changed_past_makes_that_customer_stale_on_the_days_there(spark: SparkSession) -> None:
    known = sample(spark, TRAIT, *({"as_of_on": day} for day in (FIRST, SECOND, THIRD)))
    activity = _activity(spark, ann=FIRST, bob=FIRST)
    gone = _activity(spark, cid=FIRST)
    scope = stale_traits(activity, gone, known, (THIRD,))
    assert _keys(scope) == [("cid", SECOND), ("cid", THIRD)]


def test_days_tell_which_labels_have_matured(spark: SparkSession) -> None:
    none = sample(spark, TRAIT)
    until = FIRST + timedelta(days=16)
    rows = matured_days(none, (FIRST, SECOND, THIRD), SETTINGS, until).collect()
    assert {row.as_of_on: row.matured for row in rows} == {
        FIRST: ["churn_5d", "spend_15d"],
        SECOND: ["churn_5d"],
    }


def test_a_label_that_has_matured_since_makes_its_day_stale(spark: SparkSession) -> None:
    activity = _activity(spark, ann=FIRST - timedelta(days=1))
    labels = sample(
        spark,
        LABEL,
        {"as_of_on": FIRST, "labels": {"churn_5d": 1.0, "spend_15d": 0.0}},
        {"as_of_on": SECOND, "labels": {"churn_5d": 1.0}},
    )
    days = matured_days(sample(spark, TRAIT), (FIRST, SECOND), SETTINGS, SECOND + timedelta(15))
    scope = stale_labels(activity, activity.limit(0), labels, days, SETTINGS)
    assert _keys(scope) == [("ann", SECOND)]


def test_a_late_event_makes_labels_stale_as_far_back_as_they_look(spark: SparkSession) -> None:
    labels = sample(
        spark, LABEL, *({"as_of_on": day, "labels": {"churn_5d": 1.0}} for day in (FIRST, SECOND))
    )
    days = matured_days(sample(spark, TRAIT), (FIRST, SECOND), SETTINGS, SECOND + timedelta(5))
    days = days.withColumn("matured", F.slice("matured", 1, 1))
    late = _activity(spark, ann=FIRST + timedelta(days=18))
    scope = stale_labels(late.limit(0), late, labels, days, SETTINGS)
    assert _keys(scope) == [("ann", SECOND)]


def test_a_customer_merged_away_goes_from_a_day_that_is_rebuilt(spark: SparkSession) -> None:
    activity = _activity(spark, ann=FIRST)
    gone = _activity(spark, bob=FIRST)
    days = matured_days(sample(spark, TRAIT), (SECOND,), SETTINGS, SECOND + timedelta(5))
    scope = stale_labels(activity, gone, sample(spark, LABEL), days, SETTINGS)
    assert _keys(scope) == [("ann", SECOND), ("bob", SECOND)]
