from collections.abc import Callable

import pytest
from pyspark.sql import SparkSession

from cdp_spark.lake import CHANGE, ContractBroken, Lake, LeaseHeld
from cdp_spark.lake.stream import stream
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.sample import sample

Opened = Callable[..., Lake]


def _write(spark: SparkSession, lake: Lake, *names: str) -> None:
    lake.merge(CUSTOMER, sample(spark, CUSTOMER, *[{"customer_id": name} for name in names]))


def _streamed(lake: Lake) -> list[tuple[str, str]]:
    taken: list[tuple[str, str]] = []

    def step(bound: Lake) -> None:
        rows = bound.changes(CUSTOMER).collect()
        taken.extend((row["customer_id"], row[CHANGE]) for row in rows)

    stream(lake, CUSTOMER, step)
    lake.finish(0.0)
    return sorted(taken)


def test_a_stream_takes_what_no_finished_run_of_its_job_took(
    spark: SparkSession, open_lake: Opened
) -> None:
    assert _streamed(open_lake("reader")) == []
    _write(spark, open_lake("writer"), "a", "b")
    assert _streamed(open_lake("reader")) == [("a", "upsert"), ("b", "upsert")]
    assert _streamed(open_lake("reader")) == []
    _write(spark, open_lake("writer"), "c")
    lake = open_lake("reader")
    assert _streamed(lake) == [("c", "upsert")]
    assert lake.ledger.reads[CUSTOMER.name] == {"mode": "stream", "row_count": 1, "version": 2}
    assert open_lake("reader").changes(CUSTOMER).count() == 0


def test_a_second_stream_of_a_job_is_told_to_try_again(
    spark: SparkSession, open_lake: Opened
) -> None:
    _write(spark, open_lake("writer"), "a")

    def meanwhile(_: Lake) -> None:
        with pytest.raises(LeaseHeld, match=r"_stream\.reader"):
            stream(open_lake("reader"), CUSTOMER, lambda _: None)

    assert stream(open_lake("reader"), CUSTOMER, meanwhile) == 1


def test_batch_and_stream_take_turns(spark: SparkSession, open_lake: Opened) -> None:
    """A stream begins where the batch run before it ended, not where the last stream did."""
    for turn, name in enumerate("abcd"):
        _write(spark, open_lake("writer"), name)
        if turn % 2:
            batch = open_lake("reader")
            assert [row["customer_id"] for row in batch.changes(CUSTOMER).collect()] == [name]
            batch.finish(0.0)
        else:
            assert _streamed(open_lake("reader")) == [(name, "upsert")]


def test_the_step_s_own_error_ends_the_stream_and_the_batch_comes_again(
    spark: SparkSession, open_lake: Opened
) -> None:
    _write(spark, open_lake("writer"), "a")

    def fail(bound: Lake) -> None:
        assert bound.changes(CUSTOMER).count() == 1
        raise ContractBroken("a law does not hold")

    with pytest.raises(ContractBroken, match="a law does not hold"):
        stream(open_lake("reader"), CUSTOMER, fail)
    assert _streamed(open_lake("reader")) == [("a", "upsert")]
