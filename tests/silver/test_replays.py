from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.silver.replays import accepted_replays, new_records, replays_of, with_replays
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import REJECTED, REPLAY


def _ids(rows: DataFrame) -> list[str]:
    return sorted(row["record_id"] for row in rows.collect())


def _rejected(spark: SparkSession) -> DataFrame:
    raw = {"raw": b"bytes"}
    return sample(
        spark,
        REJECTED,
        {"record_id": "amount", "source": "web", "reason": "bad_amount"} | raw,
        {"record_id": "shop", "source": "shop", "reason": "bad_amount"} | raw,
        {"record_id": "json", "source": "web", "reason": "not_json"} | raw,
        {"record_id": "taken", "source": "web", "reason": "not_json", "is_replayed": True} | raw,
        {"record_id": "dropped", "source": "web", "reason": "a_rule", "raw": None},
        {"record_id": "erased", "source": "web", "reason": "suppressed"} | raw,
    )


def test_rejected_records_with_bytes_can_be_replayed(spark: SparkSession) -> None:
    rejected = _rejected(spark)
    assert _ids(replays_of(rejected, "run")) == ["amount", "json", "shop"]
    assert _ids(replays_of(rejected, "run", ("web",))) == ["amount", "json"]
    assert _ids(replays_of(rejected, "run", (), ("bad_amount",))) == ["amount", "shop"]
    (one,) = replays_of(rejected, "run", ("web",), ("not_json",)).collect()
    assert one.asDict() == {
        "record_id": "json", "source": "web", "batch": 0, "reason": "not_json",
        "requested_in": "run",
    }  # fmt: skip


def test_a_record_requested_twice_or_also_new_comes_once(spark: SparkSession) -> None:
    stored = sample(spark, RECORD, *[{"record_id": name} for name in "abc"])
    requested = sample(
        spark,
        REPLAY,
        {"record_id": "a"},
        {"record_id": "b", "requested_in": "1"},
        {"record_id": "b"},
    )
    new = new_records(stored.where("record_id = 'a'"))
    found = with_replays(new, stored, requested).collect()
    assert sorted((row["record_id"], row["is_replay"]) for row in found) == [
        ("a", False),
        ("b", True),
    ]


def test_a_record_accepted_by_a_replay_names_the_run(spark: SparkSession) -> None:
    stored = _rejected(spark)
    parsed = spark.createDataFrame(
        [("amount", True), ("json", True), ("new", False)], "record_id string, is_replay boolean"
    )
    still = stored.where(F.col("record_id") == "json")
    (row,) = accepted_replays(parsed, stored, still, "run-2").collect()
    assert (row["record_id"], row["is_replayed"], row["replayed_in"]) == ("amount", True, "run-2")
    assert row["reason"] == "bad_amount"
