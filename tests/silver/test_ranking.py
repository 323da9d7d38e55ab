from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.silver.ranking import contested_keys, keys_of, ranked_records
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT, KEY

_FIRST, _SECOND = date(2025, 1, 1), date(2025, 1, 2)


def _event(key: str, record: str, hour: int, day: date = _FIRST) -> dict[str, Any]:
    at = datetime(2025, 1, 1, hour, tzinfo=UTC)
    return {"event_key": key, "record_id": record, "available_at": at, "event_on": day}


def _keys(spark: SparkSession, *named: tuple[str, date]) -> DataFrame:
    rows = spark.createDataFrame(list(named), "event_key string, event_on date")
    return rows.select(F.xxhash64("event_key").alias("key_hash"), "event_on").select(*KEY.columns)


def _ranked(records: DataFrame, known: DataFrame, stored: DataFrame) -> dict[str, Any]:
    rows = ranked_records(records, contested_keys(records, known), stored).collect()
    return {row["record_id"]: (row["rank"], row["is_new"], row["has_stored"]) for row in rows}


def test_only_records_of_keys_that_stand_twice_or_are_stored_are_ranked(
    spark: SparkSession,
) -> None:
    new = sample(
        spark, EVENT, _event("once", "r1", 1), _event("twice", "r2", 2), _event("twice", "r3", 1),
        _event("known", "r4", 5, _SECOND),
    )  # fmt: skip
    stored = sample(spark, EVENT, _event("known", "s1", 3), _event("other", "s2", 1))
    known = _keys(spark, ("known", _FIRST), ("other", _FIRST))
    assert _ranked(new, known, stored) == {
        "r3": (1, True, False),
        "r2": (2, True, False),
        "s1": (1, False, True),
        "r4": (2, True, True),
    }


def test_a_key_without_an_event_or_with_that_of_another_key_costs_no_event(
    spark: SparkSession,
) -> None:
    """As after a run that was killed, or where two keys share a hash."""
    new = sample(spark, EVENT, _event("a", "r1", 1), _event("b", "r2", 1))
    stored = sample(spark, EVENT, _event("c", "s1", 0))
    found = _ranked(new, _keys(spark, ("a", _FIRST), ("b", _SECOND), ("c", _FIRST)), stored)
    assert found == {"r1": (1, True, False), "r2": (1, True, False)}


def test_each_key_is_kept_once_for_each_day_its_payloads_name(spark: SparkSession) -> None:
    new = sample(
        spark, EVENT, _event("a", "r1", 1), _event("a", "r2", 2), _event("a", "r3", 3, _SECOND),
        _event("b", "r4", 1), _event("c", "r5", 1),
    )  # fmt: skip
    known = _keys(spark, ("b", _FIRST), ("c", _SECOND))
    found = keys_of(new, contested_keys(new, known))
    expected = _keys(spark, ("a", _FIRST), ("a", _SECOND), ("c", _FIRST))
    assert found.exceptAll(expected).isEmpty()
    assert expected.exceptAll(found).isEmpty()
