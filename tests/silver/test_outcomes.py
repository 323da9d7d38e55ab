from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from cdp_spark.silver.outcomes import Outcomes, routed_records, with_suppressed
from cdp_spark.silver.ranking import contested_keys, keys_of, ranked_records
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT, REJECTED

_START = datetime(2025, 1, 1, tzinfo=UTC)
_EXTRA = [T.StructField("raw", T.BinaryType()), T.StructField("rejection_reason", T.StringType()),
          T.StructField("detail", T.StringType())]  # fmt: skip


def _record(name: str, hour: int, sha256: str, **others: Any) -> dict[str, Any]:
    at = _START + timedelta(hours=hour)
    return {"record_id": name, "available_at": at, "sha256": sha256, "event_key": "e"} | others


_PAYLOADS = (_record("r1", 2, "a"), _record("r2", 1, "b"), _record("r3", 1, "c"))


def _parsed(spark: SparkSession, *records: dict[str, Any]) -> DataFrame:
    values = {one.name for one in _EXTRA}
    events = [{name: one[name] for name in one if name not in values} for one in records]
    extra = [
        (one["record_id"], b"raw", one.get("rejection_reason"), one.get("detail"))
        for one in records
    ]
    schema = T.StructType([EVENT.schema["record_id"], *_EXTRA])
    return sample(spark, EVENT, *events).join(
        spark.createDataFrame(extra, schema), on="record_id", how="inner"
    )


def _ids(rows: DataFrame) -> list[str]:
    return sorted(row["record_id"] for row in rows.select("record_id").collect())


def _outcome(spark: SparkSession, known: DataFrame, *records: dict[str, Any]) -> Outcomes:
    return _outcomes(_parsed(spark, *records), known)


def _outcomes(parsed: DataFrame, known: DataFrame) -> Outcomes:
    valid = parsed.where(F.col("rejection_reason").isNull())
    none = parsed.sparkSession.createDataFrame([], "key_hash long, stored_on date")
    contested = contested_keys(valid, keys_of(known, none))
    return routed_records(parsed, ranked_records(valid, contested, known)).outcomes


def _nothing(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([], EVENT.schema)


def test_the_smallest_payload_wins_in_whatever_order_they_come(spark: SparkSession) -> None:
    """Six orders side by side, each with a key of its own; three batches."""
    orders = [
        [one | {"event_key": key, "record_id": f"{key}-{one['record_id']}"} for one in order]
        for key, order in zip("abcdef", permutations(_PAYLOADS), strict=True)
    ]
    records = {one["record_id"]: one for order in orders for one in order}
    stored: dict[str, dict[str, Any]] = {}
    duplicates: set[str] = set()
    for batch in zip(*orders, strict=True):
        found = _outcome(spark, sample(spark, EVENT, *stored.values()), *batch)
        stored |= {records[name]["event_key"]: records[name] for name in _ids(found.events)}
        duplicates |= set(_ids(found.duplicates))
    assert {key: one["record_id"] for key, one in stored.items()} == {
        key: f"{key}-r2" for key in "abcdef"
    }
    assert duplicates == {f"{key}-{loser}" for key in "abcdef" for loser in ("r1", "r3")}


def test_the_smallest_payload_wins_within_one_batch_and_names_what_it_won(
    spark: SparkSession,
) -> None:
    other = _record("r9", 0, "z", event_key="f")
    found = _outcome(spark, _nothing(spark), *_PAYLOADS, other)
    assert (_ids(found.events), _ids(found.duplicates)) == (["r2", "r9"], ["r1", "r3"])
    assert sorted(row.event_key for row in found.events.collect()) == ["e", "f"]
    assert {row["event_key"] for row in found.duplicates.collect()} == {"e"}


def test_of_equal_payloads_the_smallest_record_id_wins(spark: SparkSession) -> None:
    found = _outcome(spark, _nothing(spark), _record("r8", 1, "a"), _record("r7", 1, "a"))
    assert (_ids(found.events), _ids(found.duplicates)) == (["r7"], ["r8"])


def test_a_repeated_batch_has_the_same_outcome(spark: SparkSession) -> None:
    known = sample(spark, EVENT, _PAYLOADS[1])
    found = _outcome(spark, known, *_PAYLOADS)
    assert (_ids(found.events), _ids(found.duplicates)) == (["r2"], ["r1", "r3"])


def test_a_stored_event_that_stays_is_neither_new_nor_lost(spark: SparkSession) -> None:
    found = _outcome(spark, sample(spark, EVENT, _PAYLOADS[1]), _PAYLOADS[0])
    assert (_ids(found.events), _ids(found.duplicates)) == ([], ["r1"])
    assert found.events.count() == 0


def test_a_rejected_record_has_its_reason_and_bytes_and_does_not_compete(
    spark: SparkSession,
) -> None:
    bad = _record("r0", 0, "0", rejection_reason="bad_amount", detail="total")
    found = _outcome(spark, _nothing(spark), bad, _PAYLOADS[0])
    assert (_ids(found.events), _ids(found.duplicates)) == (["r1"], [])
    (row,) = found.rejected.collect()
    assert found.rejected.columns == list(REJECTED.columns)
    assert (row["reason"], row["detail"], bytes(row["raw"])) == ("bad_amount", "total", b"raw")


def test_a_suppressed_identifier_rejects_its_record_and_removes_its_bytes(
    spark: SparkSession,
) -> None:
    """By record, so another payload of the event has the same outcome, in this batch or later."""
    bad = _record("r5", 1, "b", rejection_reason="missing_id", event_key="other")
    unrelated = _record("r6", 1, "b", rejection_reason="missing_id", event_key="other")
    suppressed = spark.createDataFrame([("r2",), ("r5",)], "record_id string")
    parsed = _parsed(spark, *_PAYLOADS, bad, unrelated)
    found = _outcomes(with_suppressed(parsed, suppressed), _nothing(spark))
    rejected = {
        row["record_id"]: (row["reason"], row["raw"] and bytes(row["raw"]))
        for row in found.rejected.collect()
    }
    assert rejected == {
        "r2": ("suppressed", None),
        "r5": ("missing_id", None),
        "r6": ("missing_id", b"raw"),
    }
    assert (_ids(found.events), _ids(found.duplicates)) == (["r3"], ["r1"])
    assert found.events.where(F.col("event_key") == "e").count() == 1
