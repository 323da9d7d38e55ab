from datetime import date

from pyspark.sql import SparkSession

from cdp_spark.reports.people import (
    cluster_sizes,
    delivery_outcomes,
    people_found,
    score_deciles,
    segment_sizes,
)
from cdp_spark.tables.audience import DELIVERY, MEMBERSHIP
from cdp_spark.tables.gold import CUSTOMER, SCORE
from cdp_spark.tables.sample import sample

_DAY, _BEFORE = date(2025, 3, 1), date(2025, 2, 28)


def test_known_and_anonymous_people_are_counted(spark: SparkSession) -> None:
    customers = sample(spark, CUSTOMER, {"is_known": True}, {"is_known": False}, {"is_known": True})
    assert [tuple(row) for row in people_found(customers).collect()] == [
        ("known", 2),
        ("anonymous", 1),
    ]


def test_ten_identifiers_and_more_are_one_bar(spark: SparkSession) -> None:
    customers = sample(spark, CUSTOMER, *[{"identifier_count": n} for n in (1, 1, 9, 10, 4000)])
    assert [tuple(row) for row in cluster_sizes(customers).collect()] == [(1, 2), (9, 1), (10, 2)]


def test_deciles_are_those_of_the_day(spark: SparkSession) -> None:
    churn = {"model": "churn", "as_of_on": _DAY, "decile": 1}
    scores = sample(
        spark,
        SCORE,
        churn | {"score": 0.5},
        churn | {"score": 0.25},
        churn | {"score": 0.9, "as_of_on": _BEFORE},
    )
    rows = [tuple(row) for row in score_deciles(scores, _DAY).collect()]
    assert rows == [("churn", 1, 0.375, 2)]


def test_segments_are_those_of_the_day(spark: SparkSession) -> None:
    today = {"segment": "win_back", "as_of_on": _DAY}
    members = sample(spark, MEMBERSHIP, today, today, today | {"as_of_on": _BEFORE})
    assert [tuple(row) for row in segment_sizes(members, _DAY).collect()] == [("win_back", 2)]


def test_deliveries_are_counted_by_outcome(spark: SparkSession) -> None:
    sent = {"destination": "crm", "segment": "win_back", "as_of_on": _DAY, "is_written": True}
    held = sent | {"is_written": False, "reason": "no_consent"}
    old = held | {"as_of_on": _BEFORE}
    deliveries = sample(spark, DELIVERY, sent, held, held, held | {"reason": "no_contact"}, old)
    assert [tuple(row)[2:] for row in delivery_outcomes(deliveries, _DAY).collect()] == [
        ("written", 1),
        ("no_consent", 2),
        ("no_contact", 1),
    ]
