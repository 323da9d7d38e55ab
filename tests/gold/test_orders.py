from decimal import Decimal
from typing import Any

from pyspark.sql import SparkSession

from cdp_spark.gold.activity import activity_of
from cdp_spark.gold.orders import counted_once, order_keys_of, orders_of
from cdp_spark.gold.rates import conversion_of
from cdp_spark.gold.settings import CurrencySettings
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


def test_a_refund_may_be_a_negative_amount_of_either_event(spark: SparkSession) -> None:
    order = _orders(
        spark,
        {"name": "Bought", "amount": money("100"), "event_at": at(0)},
        {"name": "Bought", "amount": money("-30"), "event_at": at(1)},
        {"name": "Refunded", "amount": money("-10"), "event_at": at(2)},
    )["o1"]
    assert (order.amount, order.refund_amount, order.net_amount) == (100, 40, 60)


def test_a_refund_without_amount_and_products_refunds_the_whole_order(spark: SparkSession) -> None:
    bought = {"name": "Bought", "amount": money("20")}
    order = _orders(spark, bought, {"name": "Refunded", "event_at": at(1)})["o1"]
    assert (order.refund_amount, order.net_amount, order.converted_amount) == (20, 0, 0)
    some = {"name": "Refunded", "event_at": at(1), "products": [product("p", "1")]}
    order = _orders(spark, bought, some)["o1"]
    assert (order.refund_amount, order.net_amount) == (0, 20)


def test_an_order_may_name_no_customer_and_its_amount_may_be_unknown(spark: SparkSession) -> None:
    order = _orders(
        spark,
        {"name": "Bought", "customer_id": None, "event_at": at(0)},
        {"name": "Refunded", "customer_id": "ann", "amount": money("1"), "event_at": at(1)},
    )["o1"]
    assert (order.customer_id, order.amount, order.net_amount) == (None, None, None)
    later = {"name": "Bought", "event_at": at(2), "amount": money("7")}
    order = _orders(spark, {"name": "Bought", "customer_id": None, "event_at": at(0)}, later)["o1"]
    assert (order.customer_id, order.amount) == ("ann", 7)
    assert order.ordered_at == at(0).replace(tzinfo=None)


def test_currencies_are_converted_by_the_day_and_never_added(spark: SparkSession) -> None:
    lines = ("2025-01-01,USD,0.5", "2025-01-02,USD,0.8")
    conversion = conversion_of(spark, "EUR", CurrencySettings(rates=lines, max_age_days=3))
    bought = {"name": "Bought", "source": "shop", "amount": money("100")}
    dollars, crowns = bought | {"currency": "USD"}, bought | {"currency": "CZK"}
    rows = [
        {"order_id": "own", **bought, "currency": "EUR"},
        {"order_id": "none", **bought},
        {"order_id": "first", **dollars, "event_at": at(0)},
        {"order_id": "third", **dollars, "event_at": at(0, day=5)},
        {"order_id": "late", **dollars, "event_at": at(0, day=6)},
        {"order_id": "crowns", **crowns},
        {"order_id": "back", **dollars, "event_at": at(0)},
        {"order_id": "back", **bought, "name": "Refunded", "currency": "EUR", "event_at": at(5)},
        {"order_id": "lost", **dollars, "event_at": at(0)},
        {"order_id": "lost", **crowns, "name": "Refunded", "event_at": at(5)},
    ]
    valued = conversion.with_value(events(spark, *rows).drop("value"))
    found = {row.order_id: row for row in orders_of(valued, GOLD.orders).collect()}
    assert {name: row.converted_amount for name, row in found.items()} == {
        "own": 100, "none": 100, "first": 50, "third": 80, "late": None, "crowns": None,
        "back": -50, "lost": None,
    }  # fmt: skip
    # 100 EUR are 200 USD by the rate of the order; for 100 CZK there is no rate.
    assert (found["back"].refund_amount, found["back"].net_amount) == (200, -100)
    assert (found["lost"].refund_amount, found["lost"].net_amount) == (None, None)


def test_two_events_of_one_order_count_once_in_activity_too(spark: SparkSession) -> None:
    """A charge and its invoice; two lines of another order; a whole order beside its line."""
    rows = [
        {"name": "Bought", "order_id": "o1", "amount": money("5"), "event_at": at(0)},
        {"name": "Bought", "order_id": "o1", "amount": money("5"), "event_at": at(1)},
        {"name": "Line", "order_id": "o2", "amount": money("1"), "event_at": at(2)},
        {"name": "Line", "order_id": "o2", "amount": money("2"), "event_at": at(3)},
        {"name": "Line", "order_id": "o1", "amount": money("4"), "event_at": at(4)},
        {"name": "Bought", "amount": money("7"), "event_at": at(5)},
    ]
    given = events(spark, *[{"source": "shop", **row} for row in rows])
    counted = counted_once(given, orders_of(given, GOLD.orders))
    found = {row.name: row for row in activity_of(counted, GOLD.orders).collect()}
    assert {name: (row.order_count, row.order_amount) for name, row in found.items()} == {
        "Bought": (1, 12),
        "Line": (1, 3),
    }
    assert sum(row.event_count for row in found.values()) == 6


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
