from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from cdp_spark.governance import consent_of
from cdp_spark.tables.audience import CONSENT

_SCHEMA = (
    "customer_id string, event_key string, source string, event_at timestamp, "
    "consent map<string,boolean>"
)


def at(hour: int) -> datetime:
    return datetime(2025, 1, 1, hour, tzinfo=UTC)


def consent_events(spark: SparkSession, *words: tuple[int, dict[str, Any] | None]) -> DataFrame:
    rows = [
        ("a", f"event-{number}", f"source-{number}", at(hour), consent)
        for number, (hour, consent) in enumerate(words)
    ]
    return spark.createDataFrame(rows, _SCHEMA)


def latest(events: DataFrame) -> dict[str, tuple[Any, ...]]:
    rows = consent_of(events).collect()
    return {row["purpose"]: (row["is_granted"], row["source"], row["event_count"]) for row in rows}


def test_the_latest_word_on_each_purpose_counts(spark: SparkSession) -> None:
    events = consent_events(
        spark,
        (3, {"marketing": True}),
        (1, {"marketing": False, "analytics": True}),
        (2, {"analytics": False}),
    )
    assert latest(events) == {
        "marketing": (True, "source-0", 2),
        "analytics": (False, "source-2", 2),
    }
    assert consent_of(events).columns == list(CONSENT.columns)


def test_of_two_words_at_one_moment_the_one_that_withholds_wins(spark: SparkSession) -> None:
    words = [(1, {"marketing": False}), (1, {"marketing": True})]
    assert latest(consent_events(spark, *words))["marketing"][0] is False
    assert latest(consent_events(spark, *reversed(words)))["marketing"][0] is False


def test_the_order_of_the_events_changes_nothing(spark: SparkSession) -> None:
    events = consent_events(spark, *[(1, {"marketing": True})] * 3)
    backwards = spark.createDataFrame(events.collect()[::-1], _SCHEMA)
    assert latest(events) == latest(backwards) == {"marketing": (True, "source-2", 3)}


def test_silence_is_no_word(spark: SparkSession) -> None:
    events = consent_events(spark, (1, None), (2, {}), (3, {"marketing": None}), (4, {" ": True}))
    assert latest(events) == {}


def test_one_purpose_spelt_twice_in_an_event_is_one_occasion(spark: SparkSession) -> None:
    events = consent_events(spark, (1, {"Marketing ": True, "marketing": False}))
    assert latest(events) == {"marketing": (False, "source-0", 1)}
