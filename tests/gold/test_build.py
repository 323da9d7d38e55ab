from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.gold import CustomerOptions, GoldInputs, InputChanges, Rebuild, rebuilt_customers
from cdp_spark.gold.rates import Conversion, RateChanges
from cdp_spark.launch import project_folder
from cdp_spark.settings import load
from cdp_spark.tables import Table
from cdp_spark.tables.gold import ACTIVITY, CUSTOMER, ORDER, SESSION
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT, SIGHTING
from cdp_spark.tables.writes import Overwrite
from tests.gold.event_rows import at, money

_SETTINGS = load(project_folder() / "conf")


class Memory:
    """No stored rows; kept frames are checkpoints of the session."""

    def __init__(self, spark: SparkSession) -> None:
        self.spark = spark

    def read(self, table: Table) -> DataFrame:
        return sample(self.spark, table).limit(0)

    def materialize(self, name: str, rows: DataFrame) -> DataFrame:
        del name
        return rows.localCheckpoint()

    def count(self, rows: DataFrame) -> int:
        return rows.count()


def _rebuilt(spark: SparkSession, changed: list[str], *, are_all: bool = False) -> Rebuild | None:
    """Customers of three people; a gives back what b ordered, c did something else.

    Event d is another refund of that order, which names no one.
    """
    rows: list[dict[str, Any]] = [
        {"event_key": "a", "name": "Order Refunded", "order_id": "o1", "amount": money("4")},
        {"event_key": "b", "name": "Order Completed", "order_id": "o1", "amount": money("9")},
        {"event_key": "c", "name": "Product Viewed"},
        {"event_key": "d", "name": "Order Refunded", "order_id": "o1", "amount": money("-1")},
    ]
    events = [
        one | {"source": "web", "order_namespace": "web", "event_at": at(n)}
        for n, one in enumerate(rows)
    ]
    seen = [{"event_key": k, "identifier_key": f"u-{k}", "kind": "user_id"} for k in "abc"]
    links = [{"identifier_key": f"u-{k}", "kind": "user_id", "customer_id": k} for k in "abc"]
    sightings = sample(spark, SIGHTING, *seen)
    memory = Memory(spark)
    rules = _SETTINGS.identity.identifiers
    linked = sample(spark, LINK, *links)
    valued = Conversion("EUR", None).with_value(sample(spark, EVENT, *events))
    inputs = GoldInputs(valued, sightings, linked, rules, memory.materialize)
    new = sightings.where(F.col("event_key").isin(changed)).withColumn("change", F.lit("upsert"))
    with_change = (linked if are_all else linked.limit(0)).withColumn("change", F.lit("upsert"))
    new_events = inputs.events.where(F.col("event_key").isin(changed))
    options = CustomerOptions({"web": 50}, ("anonymous_id",))
    return rebuilt_customers(
        InputChanges(new, with_change, new_events, RateChanges({}), are_all),
        inputs,
        _SETTINGS.gold,
        options,
        memory,
    )


def test_who_shares_an_order_with_a_customer_that_changed_is_rebuilt_too(
    spark: SparkSession,
) -> None:
    found = _rebuilt(spark, ["a"])
    assert found is not None
    assert {row["customer_id"] for row in found.customers.collect()} == {"a", "b"}
    assert tuple(found.writes) == (ACTIVITY, SESSION, ORDER, CUSTOMER)
    golden, orders = found.writes[CUSTOMER], found.writes[ORDER]
    assert isinstance(golden, Overwrite)
    assert isinstance(orders, Overwrite)
    rows = {row["customer_id"]: row["net_amount"] for row in golden.rows.collect()}
    assert rows == {"a": money("0"), "b": money("4")}
    assert [row["net_amount"] for row in orders.rows.collect()] == [money("4")]
    assert orders.scope is not None
    assert orders.scope.count() == 1


def test_a_first_run_makes_what_a_later_one_makes_that_finds_all_changed(
    spark: SparkSession,
) -> None:
    first, later = _rebuilt(spark, ["a", "b", "c"], are_all=True), _rebuilt(spark, ["a", "b", "c"])
    assert first is not None
    assert later is not None
    assert tuple(first.writes) == tuple(later.writes)
    for table, write in first.writes.items():
        other = later.writes[table]
        assert isinstance(write, Overwrite)
        assert isinstance(other, Overwrite)
        for mine, theirs in ((write.rows, other.rows), (write.scope, other.scope)):
            assert mine is not None
            assert theirs is not None
            assert mine.columns == theirs.columns
            assert sorted(map(str, mine.collect())) == sorted(map(str, theirs.collect()))
    assert first.customers.count() == 3


def test_a_refund_without_a_customer_rebuilds_its_order_and_its_customer(
    spark: SparkSession,
) -> None:
    found = _rebuilt(spark, ["d"])
    assert found is not None
    assert {row["customer_id"] for row in found.customers.collect()} == {"a", "b"}
    orders = found.writes[ORDER]
    assert isinstance(orders, Overwrite)
    (order,) = orders.rows.collect()
    assert (order["customer_id"], order["refund_amount"]) == ("b", money("5"))


def test_nothing_is_rebuilt_where_no_customer_changed(spark: SparkSession) -> None:
    assert _rebuilt(spark, []) is None
