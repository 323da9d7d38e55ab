from decimal import Decimal
from typing import Any

from pyspark.sql import SparkSession

from cdp_spark.gold.orders import order_keys_of, orders_of
from cdp_spark.tables.gold import ORDER
from cdp_spark.tables.sample import sample
from tests.gold.event_rows import GOLD, at, events, money, product


def _orders(spark: SparkSession, *rows: dict[str, Any]) -> dict[str, Any]:
    order_rows = [{"order_id": "o1", "source": "shop", **row} for row in rows]
    found = orders_of(events(spark, *order_rows), GOLD.orders).collect()
    return {row.order_id: row for row in found}


def test_an_order_with_two_events_counts_once(spark: SparkSession) -> None:
    bought = {"name": "Bought", "amount": money("20"), "currency": "EUR"}
    order = _orders(spark, {**bought, "event_at": at(0)}, {**bought, "event_at": at(9)})["o1"]
    assert (order.amount, order.net_amount, order.currency) == (money("20"), money("20"), "EUR")


def test_lines_add_up_and_refunds_are_taken_off(spark: SparkSession) -> None:
    line = {"name": "Line", "products": [product("p", "1")]}
    order = _orders(
        spark,
        {**line, "amount": money("2.50")},
        {**line, "amount": money("0.25")},
        {"name": "Refunded", "amount": money("1"), "event_at": at(60)},
    )["o1"]
    assert (order.amount, order.refund_amount) == (Decimal("2.75"), Decimal("1.00"))
    assert (order.net_amount, order.line_count) == (Decimal("1.75"), 2)


def test_an_order_is_the_buyers_even_if_another_gives_it_back(spark: SparkSession) -> None:
    order = _orders(
        spark,
        {"name": "Refunded", "amount": money("1"), "customer_id": "bob", "event_at": at(0)},
        {"name": "Bought", "amount": money("5"), "customer_id": "ann", "event_at": at(1)},
    )["o1"]
    assert (order.customer_id, order.net_amount) == ("ann", money("4"))


def test_a_refund_without_its_order_is_no_order(spark: SparkSession) -> None:
    assert _orders(spark, {"name": "Refunded", "amount": money("1")}) == {}


def test_stored_orders_of_a_customer_are_rebuilt_with_those_of_the_events(
    spark: SparkSession,
) -> None:
    stored = sample(
        spark,
        ORDER,
        {"order_key": "old", "customer_id": "ann"},
        {"order_key": "other", "customer_id": "bob"},
    )
    order_rows = events(spark, {"name": "Bought", "order_id": "o1", "source": "shop"})
    customers = spark.createDataFrame([("ann",)], "customer_id string")
    keys = {row.order_key for row in order_keys_of(order_rows, stored, customers).collect()}
    assert "old" in keys
    assert "other" not in keys
    assert len(keys) == 2
