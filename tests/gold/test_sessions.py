from pyspark.sql import DataFrame, SparkSession

from cdp_spark.gold import sessions_of
from tests.gold.event_rows import GOLD, at, events, money, product


def _sessions(rows: DataFrame) -> list[tuple[str, int, int]]:
    found = sessions_of(rows, GOLD).orderBy("customer_id", "started_at").collect()
    return [(row.customer_id, row.event_count, row.duration_seconds) for row in found]


def test_thirty_minutes_of_silence_end_a_visit_and_less_does_not(spark: SparkSession) -> None:
    rows = events(spark, *[{"event_at": at(minute)} for minute in (0, 29, 59, 70)])
    assert _sessions(rows) == [("ann", 2, 29 * 60), ("ann", 2, 11 * 60)]


def test_visits_of_two_customers_are_separate(spark: SparkSession) -> None:
    rows = events(
        spark,
        {"event_at": at(0)},
        {"event_at": at(1), "customer_id": "bob"},
        {"event_at": at(2)},
    )
    assert _sessions(rows) == [("ann", 2, 120), ("bob", 1, 0)]


def test_a_session_has_the_products_seen_and_their_prices(spark: SparkSession) -> None:
    rows = events(
        spark,
        {"event_at": at(0), "type": "page", "campaign": "spring"},
        {"event_at": at(1), "products": [product("p2", "5", "z"), product("p1", "7")]},
        {"event_at": at(2), "products": [product("p2", "3", "z")], "campaign": "later"},
        {"event_at": at(3), "name": "Bought", "order_id": "o", "amount": money("10")},
    )
    row = sessions_of(rows, GOLD).first()
    assert row is not None
    assert row.product_ids == ["p1", "p2"]
    assert row.brands == ["b", "z"]
    assert (row.price_min_amount, row.price_max_amount) == (money("3"), money("7"))
    assert (row.page_count, row.order_count, row.order_amount) == (1, 1, money("10"))
    assert row.campaign == "spring"


def test_a_visit_keeps_its_id_when_a_later_event_joins_it(spark: SparkSession) -> None:
    few = events(spark, {"event_at": at(0)}, {"event_at": at(5)})
    more = events(spark, {"event_at": at(0)}, {"event_at": at(5)}, {"event_at": at(9)})
    ids = [sessions_of(rows, GOLD).first() for rows in (few, more)]
    assert ids[0] is not None
    assert ids[1] is not None
    assert ids[0].session_id == ids[1].session_id
