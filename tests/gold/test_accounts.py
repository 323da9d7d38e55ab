from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.gold.accounts import accounts_of, members_of
from tests.gold.event_rows import at, events


def _calls(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    """Group calls; their traits are JSON."""
    named = [{name: one for name, one in row.items() if name != "traits"} for row in rows]
    traits = spark.createDataFrame(
        [(f"event-{n}", row.get("traits")) for n, row in enumerate(rows)],
        "event_key string, given string",
    )
    found = events(spark, *named).drop("traits").join(traits, on="event_key", how="inner")
    return found.withColumn("traits", F.try_parse_json("given"))


def test_an_account_has_its_latest_name_and_the_customers_that_are_its_members(
    spark: SparkSession,
) -> None:
    one, other = {"account_key": "k1", "account_id": "1"}, {"account_key": "k2", "account_id": "2"}
    calls = _calls(
        spark,
        {**one, "event_at": at(0), "traits": '{"name": "Old", "plan": "free"}'},
        {**one, "event_at": at(2), "traits": '{"plan": "paid"}', "customer_id": "bob"},
        {**one, "event_at": at(1), "traits": '{"name": "New"}'},
        {**one, "event_at": at(3), "customer_id": None},
        {**other, "event_at": at(4)},
    )
    rows = accounts_of(calls).withColumn("traits", F.to_json("traits")).collect()
    found = {row["account_id"]: row for row in rows}
    assert (found["1"]["name"], found["1"]["traits"]) == ("New", '{"plan":"paid"}')
    assert [found[key]["member_count"] for key in ("1", "2")] == [2, 1]
    assert [found[key]["event_count"] for key in ("1", "2")] == [4, 1]
    assert (found["2"]["name"], found["2"]["traits"]) == (None, None)
    members = {(row["account_key"], row["customer_id"]): row["member_from"]
               for row in members_of(calls).collect()}  # fmt: skip
    assert set(members) == {("k1", "ann"), ("k1", "bob"), ("k2", "ann")}
    assert members["k1", "ann"] < members["k1", "bob"]
