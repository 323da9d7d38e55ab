from typing import Any

from pyspark.sql import SparkSession

from cdp_spark.silver.balance import OUTCOMES, imbalance_reason, unbalanced
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import DUPLICATE, EVENT, REJECTED
from cdp_spark.tables.writes import Written

_FAR = 2**63 - 1  # two of them overflow 64 bits


def _row(name: str, batch: int, raw_hash: int) -> dict[str, Any]:
    return {"record_id": name, "batch": batch, "raw_hash": raw_hash, "source": "web"}


_ROWS = [_row("a", 1, _FAR), _row("b", 1, _FAR), _row("c", 1, 5), _row("d", 2, 7)]


def _faults(
    spark: SparkSession, accepted: list[Any], rejected: list[Any]
) -> dict[int, tuple[Any, ...]]:
    outcomes = [
        sample(spark, EVENT, *accepted),
        sample(spark, REJECTED, *rejected),
        sample(spark, DUPLICATE, _ROWS[2], _row("of an earlier run", 1, 1)),
    ]
    found = unbalanced(sample(spark, RECORD, *_ROWS), outcomes)
    names = ("received_count", "accounted_count", "received_print", "accounted_print")
    return {row["batch"]: tuple(row[name] for name in names) for row in found.collect()}


def test_the_law_holds_where_every_record_has_one_outcome(spark: SparkSession) -> None:
    assert _faults(spark, [_ROWS[0], _ROWS[3]], [_ROWS[1]]) == {}


def test_a_row_that_is_missing_doubled_or_another_names_its_batch(spark: SparkSession) -> None:
    total = 2 * _FAR + 5
    assert _faults(spark, [_ROWS[3]], [_ROWS[1]]) == {1: (3, 2, total, _FAR + 5)}
    assert _faults(spark, [_ROWS[0]], [_ROWS[1]]) == {2: (1, None, 7, None)}
    assert _faults(spark, _ROWS[:2] + _ROWS[3:], [_ROWS[1]]) == {1: (3, 4, total, total + _FAR)}
    other = _row("a", 1, 6)
    assert _faults(spark, [other, _ROWS[3]], [_ROWS[1]]) == {1: (3, 3, total, _FAR + 11)}
    moved = _row("d", 1, 7)
    assert set(_faults(spark, [_ROWS[0], moved], [_ROWS[1]])) == {1, 2}


def _written(*outcomes: tuple[int, int], is_append: bool = True) -> dict[Any, Written]:
    return {
        table: Written(count, 0, 0, is_append, fingerprint)
        for table, (count, fingerprint) in zip(OUTCOMES, outcomes, strict=True)
    }


def test_writes_show_that_every_record_has_one_outcome_in_count_and_fingerprint(
    spark: SparkSession,
) -> None:
    received = sample(spark, RECORD, *_ROWS)
    whole = _written((2, _FAR + 7), (1, _FAR), (1, 5))
    assert imbalance_reason(received, whole) is None
    assert imbalance_reason(
        received, whole | {EVENT: Written(2, 0, 0, is_append=True, fingerprint=_FAR + 8)}
    )
    lost = imbalance_reason(
        received, whole | {EVENT: Written(1, 0, 0, is_append=True, fingerprint=_FAR + 7)}
    )
    assert lost == "4 records received, 3 stored"
    compared = imbalance_reason(
        received, _written((2, _FAR + 7), (1, _FAR), (1, 5), is_append=False)
    )
    assert compared == "rows were compared with stored ones"
