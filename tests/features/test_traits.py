"""Traits as known when a day began."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.features.settings import FeaturesSettings
from cdp_spark.features.traits import traits_as_of
from cdp_spark.semantics.windows import day_rows
from cdp_spark.tables.gold import ACTIVITY
from cdp_spark.tables.sample import sample

DAY = date(2025, 3, 10)  # a Monday
SETTINGS = FeaturesSettings(
    windows_days=(7, 30), event_names=("Product Viewed",), passive_names=("Email Sent",)
)


def _row(days_ago: int, late_days: int = 0, customer: str = "ann", **given: Any) -> dict[str, Any]:
    event_on = DAY - timedelta(days=days_ago)
    available_on = event_on + timedelta(days=late_days)
    return {"customer_id": customer, "event_on": event_on, "available_on": available_on, **given}


def _order(days_ago: int, amount: str, **given: Any) -> dict[str, Any]:
    bought: dict[str, Any] = {"order_count": 1, "order_amount": Decimal(amount), "item_count": 2}
    return _row(days_ago, name="Order Completed", **(bought | given))


def _traits(activity: DataFrame, *days: date) -> dict[tuple[str, date], dict[str, float]]:
    rows = traits_as_of(activity, day_rows(activity, days or (DAY,)), SETTINGS).collect()
    return {(row.customer_id, row.as_of_on): row.traits for row in rows}


@pytest.fixture(scope="module")
def ann(spark: SparkSession) -> dict[str, float]:
    activity = sample(
        spark,
        ACTIVITY,
        _order(20, "10.10"),
        _order(10, "20.20"),
        _row(10, name="Order Refunded", refund_amount=Decimal("5.00")),
        _row(8, name="Product Viewed", event_count=3),
        _row(2, name="Product Viewed", event_count=4),
        _row(1, name="Email Sent"),
    )
    return _traits(activity)["ann", DAY]


def test_recency_and_tenure_count_from_the_day(ann: dict[str, float]) -> None:
    assert (ann["recency_days"], ann["tenure_days"], ann["order_recency_days"]) == (2, 20, 10)


def test_two_kinds_of_event_on_one_day_are_one_active_day(ann: dict[str, float]) -> None:
    assert (ann["active_day_count"], ann["active_day_count_7d"]) == (4, 1)
    assert ann["active_day_count_30d"] == 4


def test_money_is_net_of_refunds_and_exact(ann: dict[str, float]) -> None:
    assert (ann["order_amount"], ann["refund_amount"], ann["net_amount"]) == (30.3, 5.0, 25.3)
    assert (ann["net_amount_7d"], ann["net_amount_30d"]) == (0.0, 25.3)
    assert (ann["order_count"], ann["item_count_30d"], ann["order_amount_mean"]) == (2, 4, 15.15)


def test_events_are_counted_by_name_and_window(ann: dict[str, float]) -> None:
    assert (ann["product_viewed_count_7d"], ann["product_viewed_count_30d"]) == (4, 7)


def test_rhythm_is_that_of_the_active_days(ann: dict[str, float]) -> None:
    # Gaps of 10, 2 and 6 days.
    assert (ann["gap_mean_days"], ann["gap_std_days"], ann["gap_max_days"]) == (6, 4, 10)
    assert ann["recency_ratio"] == pytest.approx(2 / 6)
    assert (ann["order_gap_mean_days"], ann["order_recency_ratio"]) == (10, 1)


def test_saturdays_and_sundays_are_the_weekend(ann: dict[str, float]) -> None:
    # Active on a Tuesday, a Friday, a Sunday and a Saturday.
    assert ann["weekend_share"] == 0.5


def test_a_first_visit_has_no_rhythm(spark: SparkSession) -> None:
    traits = _traits(sample(spark, ACTIVITY, _row(3, name="x")))["ann", DAY]
    unknown = {"gap_mean_days", "gap_std_days", "recency_ratio", "order_recency_days"}
    assert not unknown & set(traits)
    assert traits["order_count_7d"] == 0


def test_what_happened_or_arrived_later_changes_no_trait(spark: SparkSession) -> None:
    draw = random.Random(7)  # noqa: S311 - any fixed rows will do
    rows = [
        _order(draw.randint(-40, 60), "1.00", late_days=draw.choice((0, 0, 5, 30)), customer=who)
        for who in "abcdef"
        for _ in range(12)
    ]
    everything = sample(spark, ACTIVITY, *rows)
    is_future = (F.col("event_on") >= F.lit(DAY)) | (F.col("available_on") >= F.lit(DAY))
    shifted = F.when(is_future, F.date_add("available_on", 9)).otherwise(F.col("available_on"))

    expected = _traits(everything)
    assert expected
    assert _traits(everything.where(~is_future)) == expected
    assert _traits(everything.withColumn("available_on", shifted)) == expected
    assert _traits(everything.where(~is_future).limit(0)) == {}


def test_each_cutoff_sees_only_what_was_known_then(spark: SparkSession) -> None:
    activity = sample(spark, ACTIVITY, _order(30, "1.00"), _order(10, "2.00", late_days=4))
    earlier, between = DAY - timedelta(days=20), DAY - timedelta(days=8)
    traits = _traits(activity, earlier, between, DAY)
    assert [traits["ann", day]["order_count"] for day in (earlier, between, DAY)] == [1, 1, 2]


def test_snapshots_may_be_named_one_by_one(spark: SparkSession) -> None:
    activity = sample(spark, ACTIVITY, _order(3, "1.00"), _order(3, "1.00", customer="bob"))
    only_bob = day_rows(activity, [DAY]).withColumn("customer_id", F.lit("bob"))
    rows = traits_as_of(activity, only_bob, SETTINGS).collect()
    assert [row.customer_id for row in rows] == ["bob"]
