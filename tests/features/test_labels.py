"""Labels: what came after."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pyspark.sql import SparkSession

from cdp_spark.features.labels import labels_as_of
from cdp_spark.features.settings import FeaturesSettings, LabelSettings
from cdp_spark.tables.features import TRAIT
from cdp_spark.tables.gold import ACTIVITY
from cdp_spark.tables.sample import sample

DAY = date(2025, 3, 10)
SETTINGS = FeaturesSettings(
    passive_names=("Email Sent",),
    labels=(
        LabelSettings(name="churn_5d", kind="inactive", horizon_days=5),
        LabelSettings(name="buys_5d", kind="bought", horizon_days=5),
        LabelSettings(name="spend_9d", kind="spend", horizon_days=9),
    ),
)


def _row(days_after: int, **given: Any) -> dict[str, Any]:
    event_on = DAY + timedelta(days=days_after)
    return {"customer_id": "ann", "event_on": event_on, "available_on": event_on, **given}


def _labels(
    spark: SparkSession, *rows: dict[str, Any], passed_days: int = 9
) -> dict[str, float] | None:
    activity = sample(spark, ACTIVITY, *rows)
    snapshots = sample(spark, TRAIT, {"customer_id": "ann", "as_of_on": DAY})
    keys = snapshots.select("customer_id", "as_of_on")
    row = labels_as_of(activity, keys, SETTINGS, DAY + timedelta(days=passed_days)).first()
    return None if row is None else row.labels


def test_a_customer_who_stays_away_has_churned_and_spent_nothing(spark: SparkSession) -> None:
    expected = {"churn_5d": 1, "buys_5d": 0, "spend_9d": 0}
    assert _labels(spark, _row(-1), _row(1, name="Email Sent")) == expected


def test_the_window_begins_on_the_day_and_ends_before_its_horizon(spark: SparkSession) -> None:
    order = {"order_count": 1, "order_amount": Decimal("2.50")}
    inside = _labels(spark, _row(-1), _row(0, **order), _row(8, **order), _row(9, **order))
    assert inside == {"churn_5d": 0, "buys_5d": 1, "spend_9d": 5.0}
    after = _labels(spark, _row(-1), _row(5, **order))
    assert after == {"churn_5d": 1, "buys_5d": 0, "spend_9d": 2.5}


def test_refunds_lessen_spending_but_never_below_nothing(spark: SparkSession) -> None:
    refunded = _row(2, refund_amount=Decimal("9.00"))
    labels = _labels(spark, _row(-1), _row(1, order_amount=Decimal("4.00")), refunded)
    assert labels is not None
    assert labels["spend_9d"] == 0


def test_a_label_waits_until_its_window_has_passed(spark: SparkSession) -> None:
    assert _labels(spark, _row(-1), passed_days=8) == {"churn_5d": 1, "buys_5d": 0}
    assert _labels(spark, _row(-1), passed_days=4) is None


def test_a_customer_not_known_on_the_day_has_no_label(spark: SparkSession) -> None:
    assert _labels(spark, _row(0)) is None
