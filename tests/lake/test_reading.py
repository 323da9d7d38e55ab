from collections.abc import Callable

import pytest
from pyspark.sql import SparkSession

from cdp_spark.lake import CHANGE, Lake, Overwrite, reading
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.sample import sample

Opened = Callable[..., Lake]


def _jobs(spark: SparkSession) -> int:
    return int(spark.sparkContext._jsc.sc().dagScheduler().numTotalJobs())  # noqa: SLF001 - no public counter


def _merged(spark: SparkSession, lake: Lake, *names: str) -> None:
    lake.merge(CUSTOMER, sample(spark, CUSTOMER, *[{"customer_id": name} for name in names]))


def test_what_a_run_reads_is_counted_from_the_logs(spark: SparkSession, open_lake: Opened) -> None:
    _merged(spark, open_lake("writer"), "a", "b")
    reader = open_lake("reader")
    reader.changes(CUSTOMER)
    reader.finish(0.0)
    open_lake("writer").publish({CUSTOMER: Overwrite(sample(spark, CUSTOMER, {"city": "x"}))})
    later = open_lake("reader")
    changed = later.changes(CUSTOMER)
    before = _jobs(spark)
    assert later.row_counts() == {CUSTOMER.name: 3}
    assert later.table_count(CUSTOMER) == 1
    assert _jobs(spark) == before
    assert sorted(row[CHANGE] for row in changed.collect()) == ["delete", "delete", "upsert"]


def test_where_a_log_does_not_say_spark_counts(
    spark: SparkSession, open_lake: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    _merged(spark, open_lake("writer"), "a", "b")
    monkeypatch.setattr(reading, "snapshot_at", lambda *_: None)
    monkeypatch.setattr(reading, "feed_size", lambda *_: None)
    reader = open_lake("reader")
    reader.read(CUSTOMER)
    assert reader.row_counts() == {CUSTOMER.name: 2}
    assert reader.table_count(CUSTOMER) == 2
    reader.finish(0.0)
    _merged(spark, open_lake("writer"), "c")
    later = open_lake("reader")
    later.changes(CUSTOMER)
    assert later.row_counts() == {CUSTOMER.name: 1}


def test_nothing_new_is_known_without_a_spark_job(spark: SparkSession, open_lake: Opened) -> None:
    _merged(spark, open_lake("writer"), "a")
    first = open_lake("reader")
    assert first.has_new_rows(CUSTOMER)
    first.changes(CUSTOMER)
    first.finish(0.0)
    idle, before = open_lake("reader"), _jobs(spark)
    assert not idle.has_new_rows(CUSTOMER)
    assert idle.changes(CUSTOMER).isEmpty()
    assert idle.new_rows(CUSTOMER).isEmpty()
    assert _jobs(spark) == before
