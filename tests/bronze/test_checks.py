from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from cdp_spark.bronze.checks import blocking_checks, latest_checks, newly_failed, source_checks
from cdp_spark.semantics.expectations import DeliveryExpectations, Freshness, OnViolation, Volume
from cdp_spark.tables.bronze import DELIVERY_CHECK, FILE
from cdp_spark.tables.sample import sample

_NOW = datetime(2025, 1, 10, 12, tzinfo=UTC)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_FRESH = DeliveryExpectations(freshness=Freshness(hours=26, on_violation="fail"))
_BATCH = DeliveryExpectations(batch=Volume(least=5, most=9))
_DAILY = DeliveryExpectations(day=Volume(least=5))


def _files(spark: SparkSession, *files: dict[str, Any]) -> DataFrame:
    filled = {"source": "web", "record_count": 1, "taken_at": _NOW}
    return sample(spark, FILE, *[filled | file for file in files])


def _checks(spark: SparkSession, *checks: dict[str, Any]) -> DataFrame:
    return sample(spark, DELIVERY_CHECK, *[{"source": "web"} | check for check in checks])


def _values(checks: DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(map(tuple, checks.select(*columns).collect()))


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def test_silence_is_counted_from_the_last_delivery_with_records(
    spark: SparkSession,
) -> None:
    files = _files(
        spark,
        {"modified_at": _NOW - 27 * _HOUR},
        {"modified_at": _NOW - _HOUR, "record_count": 0},
        {"modified_at": _NOW - _HOUR, "is_rejected": True},
    )
    for late, is_failed in ((0 * _HOUR, True), (-2 * _HOUR, False)):
        found = source_checks(files, _checks(spark), "web", _FRESH, _NOW + late)
        assert found.columns == list(DELIVERY_CHECK.columns)
        values = _values(found, "scope", "delivered_at", "due_at", "is_failed")
        last = _utc(_NOW - 27 * _HOUR)
        assert values == [("latest", last, last + 26 * _HOUR, is_failed)]


def test_a_range_or_a_file_from_the_future_counts_as_delivered_when_ingested(
    spark: SparkSession,
) -> None:
    for changed in (None, _NOW + 9 * _DAY):
        files = _files(spark, {"modified_at": changed, "taken_at": _NOW - _DAY})
        found = source_checks(files, _checks(spark), "web", _FRESH, _NOW)
        assert _values(found, "delivered_at") == [(_utc(_NOW - _DAY),)]


def test_a_source_that_never_delivered_is_silent_since_its_first_run(spark: SparkSession) -> None:
    none = _files(spark)
    first = source_checks(none, _checks(spark), "web", _FRESH, _NOW)
    assert _values(first, "delivered_at", "is_failed") == [(_utc(_NOW), False)]
    later = source_checks(none, first, "web", _FRESH, _NOW + 27 * _HOUR)
    assert _values(later, "delivered_at", "is_failed") == [(_utc(_NOW), True)]


def test_each_batch_is_checked_once_starting_with_the_newest(spark: SparkSession) -> None:
    counts = {1: (1,), 2: (2, 2), 3: (5,), 4: (10,)}
    files = _files(
        spark,
        *[{"batch": batch, "record_count": one} for batch, all_ in counts.items() for one in all_],
    )
    first = source_checks(files.where("batch <= 2"), _checks(spark), "web", _BATCH, _NOW)
    assert _values(first, "scope", "record_count", "is_failed") == [("2", 4, True)]
    second = source_checks(files, first, "web", _BATCH, _NOW)
    values = _values(second, "scope", "record_count", "least_count", "most_count", "is_failed")
    assert values == [("3", 5, 5, 9, False), ("4", 10, 5, 9, True)]
    assert not source_checks(files, first.unionByName(second), "web", _BATCH, _NOW).count()


def test_a_day_is_checked_when_it_is_over_even_without_a_delivery(spark: SparkSession) -> None:
    days = ((6, 1), (7, 3), (7, 2), (9, 4), (10, 99))
    files = _files(
        spark,
        *[{"modified_at": datetime(2025, 1, day, 9, tzinfo=UTC), "record_count": count}
          for day, count in days],
    )  # fmt: skip
    none = _checks(spark)
    begun = source_checks(files, none, "web", _DAILY, datetime(2025, 1, 7, 23, tzinfo=UTC))
    assert not begun.count()  # the first day is incomplete
    first = source_checks(files, none, "web", _DAILY, datetime(2025, 1, 8, 0, tzinfo=UTC))
    assert _values(first, "scope", "record_count", "is_failed") == [("2025-01-07", 5, False)]
    then = source_checks(files, first, "web", _DAILY, _NOW)
    assert _values(then, "scope", "record_count", "is_failed") == [
        ("2025-01-08", 0, True),
        ("2025-01-09", 4, True),
    ]
    assert not source_checks(files, first.unionByName(then), "web", _DAILY, _NOW).count()


def test_the_newest_check_is_shown_and_failed_ones_are_counted(spark: SparkSession) -> None:
    broken = (False, True, False)
    checks = _checks(
        spark,
        *[{"expectation": "batch", "scope": scope, "is_failed": is_failed, "delivered_at": _NOW}
          for scope, is_failed in zip(("8", "9", "10"), broken, strict=True)],
    )  # fmt: skip
    values = _values(latest_checks(checks), "scope", "is_failed", "checked_count", "failed_count")
    assert values == [("10", False, 3, 1)]


def test_a_newly_failed_or_newest_check_set_to_fail_ends_the_run(spark: SparkSession) -> None:
    batches = {"expectation": "batch", "is_failed": True}
    known = _checks(spark, batches | {"scope": "1"})
    found = _checks(spark, batches | {"scope": "1"}, batches | {"scope": "2"},
                    {"expectation": "batch", "scope": "3"})  # fmt: skip
    new_failures = newly_failed(found, known)
    assert _values(new_failures, "scope") == [("2",)]
    checks = known.unionByName(found.where("scope > '1'"))
    actions: dict[OnViolation, list[tuple[str]]] = {"fail": [("2",)], "warn": []}
    for on_violation, ends in actions.items():
        expectations = {
            "web": DeliveryExpectations(batch=Volume(least=5, on_violation=on_violation)),
            "app": _FRESH,
        }
        assert _values(blocking_checks(checks, new_failures, expectations), "scope") == ends
        assert not blocking_checks(checks, new_failures.limit(0), expectations).count()
    newest = blocking_checks(
        known,
        new_failures.limit(0),
        {"web": DeliveryExpectations(batch=Volume(least=5, on_violation="fail"))},
    )
    assert _values(newest, "scope") == [("1",)]
