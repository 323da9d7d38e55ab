from pyspark.sql import SparkSession

from cdp_spark.gold import activity_of
from tests.gold.event_rows import GOLD, at, events, money, product


def test_a_day_of_one_event_name_is_one_row(spark: SparkSession) -> None:
    bought = {"name": "Bought", "products": [product("p", "1"), product("q", "1")]}
    rows = events(
        spark,
        {**bought, "order_id": "o1", "amount": money("2"), "event_at": at(0)},
        {**bought, "order_id": "o1", "amount": money("3"), "event_at": at(1)},
        {"name": "Refunded", "amount": money("1"), "event_at": at(2)},
        {"name": "Bought", "event_at": at(0, day=2)},
    )
    found = {(row.event_on.day, row.name): row for row in activity_of(rows, GOLD.orders).collect()}
    assert set(found) == {(1, "Bought"), (1, "Refunded"), (2, "Bought")}
    first = found[1, "Bought"]
    assert (first.event_count, first.order_count, first.item_count) == (2, 1, 4)
    assert (first.order_amount, first.refund_amount) == (money("5"), money("0"))
    assert found[1, "Refunded"].refund_amount == money("1")


def test_a_late_event_is_counted_by_the_day_it_became_available(spark: SparkSession) -> None:
    rows = events(
        spark,
        {"name": "x", "event_at": at(0), "available_at": at(1)},
        {"name": "x", "event_at": at(0), "available_at": at(0, day=5)},
    )
    found = activity_of(rows, GOLD.orders).collect()
    assert sorted(row.available_on.day for row in found) == [1, 5]
    assert {row.event_on.day for row in found} == {1}
