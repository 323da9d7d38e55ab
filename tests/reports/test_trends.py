from datetime import UTC, date, datetime
from decimal import Decimal

from pyspark.sql import SparkSession

from cdp_spark.reports.trends import events_per_day, orders_per_week, sessions_per_week
from cdp_spark.tables.gold import ORDER, SESSION
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT

_AS_OF = date(2025, 3, 11)


def on(day: int) -> datetime:
    return datetime(2025, 3, day, 12, tzinfo=UTC)


def test_events_are_counted_per_day_within_the_span(spark: SparkSession) -> None:
    days = [date(2025, 3, day) for day in (3, 4, 4, 10, 11)]
    events = sample(spark, EVENT, *[{"event_on": day} for day in days])
    rows = [tuple(row) for row in events_per_day(events, _AS_OF, 7).collect()]
    assert rows == [(date(2025, 3, 4), 2), (date(2025, 3, 10), 1)]


def test_orders_are_summed_per_week_and_currency(spark: SparkSession) -> None:
    def order(day: int, amount: str, currency: str | None, customer_id: str) -> dict[str, object]:
        return {
            "ordered_at": on(day),
            "net_amount": Decimal(amount),
            "converted_amount": None if currency == "USD" else Decimal(amount),
            "currency": currency,
            "customer_id": customer_id,
        }

    orders = sample(
        spark,
        ORDER,
        *[order(3, "0.10", "EUR", "a"), order(9, "0.20", "EUR", "a")],
        *[
            order(10, "5.00", "EUR", "b"),
            order(10, "1.00", None, "c"),
            order(10, "7.00", "USD", "c"),
            order(11, "9.00", "EUR", "b"),
        ],
    )
    rows = [tuple(row) for row in orders_per_week(orders, _AS_OF, 30, "EUR").collect()]
    assert rows == [
        ("EUR", None, 4, Decimal("6.30"), 3),
        ("EUR", date(2025, 3, 3), 2, Decimal("0.30"), 1),
        ("EUR", date(2025, 3, 10), 2, Decimal("6.00"), 2),
        ("USD", None, 1, Decimal("7.00"), 1),
        ("USD", date(2025, 3, 10), 1, Decimal("7.00"), 1),
    ]


def test_visits_are_summed_per_week(spark: SparkSession) -> None:
    session = {"page_count": 3, "duration_seconds": 60, "customer_id": "a"}
    sessions = sample(
        spark,
        SESSION,
        session | {"started_at": on(4), "order_count": 2},
        session | {"started_at": on(5)},
        session | {"started_at": datetime(2024, 1, 1, tzinfo=UTC)},
    )
    rows = [tuple(row) for row in sessions_per_week(sessions, _AS_OF, 30).collect()]
    assert rows == [(None, 2, 1, 6, 120, 1), (date(2025, 3, 3), 2, 1, 6, 120, 1)]
