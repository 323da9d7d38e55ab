from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.silver.replays import arrivals, replays_of, taken, with_replays
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import REFUSED, REPLAY


def _ids(rows: DataFrame) -> list[str]:
    return sorted(row["record_id"] for row in rows.collect())


def _refused(spark: SparkSession) -> DataFrame:
    raw = {"raw": b"bytes"}
    return sample(
        spark,
        REFUSED,
        {"record_id": "amount", "source": "web", "reason": "bad_amount"} | raw,
        {"record_id": "shop", "source": "shop", "reason": "bad_amount"} | raw,
        {"record_id": "json", "source": "web", "reason": "not_json"} | raw,
        {"record_id": "taken", "source": "web", "reason": "not_json", "is_replayed": True} | raw,
        {"record_id": "dropped", "source": "web", "reason": "a_rule", "raw": None},
        {"record_id": "erased", "source": "web", "reason": "suppressed"} | raw,
    )


def test_asked_for_are_refused_records_whose_bytes_are_there(spark: SparkSession) -> None:
    refused = _refused(spark)
    assert _ids(replays_of(refused, "run")) == ["amount", "json", "shop"]
    assert _ids(replays_of(refused, "run", ("web",))) == ["amount", "json"]
    assert _ids(replays_of(refused, "run", (), ("bad_amount",))) == ["amount", "shop"]
    (one,) = replays_of(refused, "run", ("web",), ("not_json",)).collect()
    assert one.asDict() == {
        "record_id": "json", "source": "web", "batch": 0, "reason": "not_json", "asked_in": "run",
    }  # fmt: skip


def test_a_record_asked_for_twice_or_just_arrived_comes_once(spark: SparkSession) -> None:
    stored = sample(spark, RECORD, *[{"record_id": name} for name in "abc"])
    asked = sample(
        spark, REPLAY, {"record_id": "a"}, {"record_id": "b", "asked_in": "1"}, {"record_id": "b"}
    )
    arrived = arrivals(stored.where("record_id = 'a'"))
    found = with_replays(arrived, stored, asked).collect()
    assert sorted((row["record_id"], row["is_again"]) for row in found) == [
        ("a", False),
        ("b", True),
    ]


def test_what_is_no_longer_refused_says_which_run_took_it(spark: SparkSession) -> None:
    stored = _refused(spark)
    parsed = spark.createDataFrame(
        [("amount", True), ("json", True), ("new", False)], "record_id string, is_again boolean"
    )
    still = stored.where(F.col("record_id") == "json")
    (row,) = taken(parsed, stored, still, "run-2").collect()
    assert (row["record_id"], row["is_replayed"], row["replayed_in"]) == ("amount", True, "run-2")
    assert row["reason"] == "bad_amount"
