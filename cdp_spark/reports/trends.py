"""Events, orders and sessions over time, in the days before the day of the run.

The day itself is incomplete: a chart would show it as a drop.
"""

from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables.contract import MONEY

MAX_DAYS = 366
MAX_WEEKS = 54
MAX_CURRENCIES = 20


def events_per_day(events: DataFrame, as_of: date, days: int) -> DataFrame:
    """One row per day with events: `event_on`, `event_count`. At most MAX_DAYS rows."""
    return (
        events.where(_is_within("event_on", as_of, days))
        .groupBy("event_on")
        .agg(F.count(F.lit(1)).alias("event_count"))
        .orderBy("event_on")
        .limit(MAX_DAYS)
    )


def orders_per_week(orders: DataFrame, as_of: date, days: int, currency: str) -> DataFrame:
    """`order_count`, `net_amount` and `customer_count` per currency and week, and per currency.

    Orders that can be converted are in `currency`, the project's; others have rows of their own.
    `week_on` is the Monday, null in the row of a currency's total. At most
    MAX_CURRENCIES · MAX_WEEKS rows.
    """
    is_apart = F.col("net_amount").isNotNull() & F.col("converted_amount").isNull()
    code = F.when(is_apart, F.coalesce("currency", F.lit(""))).otherwise(F.lit(currency))
    amount = F.coalesce("converted_amount", "net_amount")
    shown = orders.where(_is_within(F.to_date("ordered_at"), as_of, days)).select(
        "*", code.alias("code"), _monday_of("ordered_at")
    )
    return (
        shown.drop("currency")
        .withColumnRenamed("code", "currency")
        .groupingSets([["currency", "week_on"], ["currency"]], "currency", "week_on")
        .agg(
            F.count(F.lit(1)).alias("order_count"),
            F.coalesce(F.sum(amount), F.lit(0)).cast(MONEY).alias("net_amount"),
            _persons(),
        )
        .orderBy("currency", "week_on")
        .limit(MAX_CURRENCIES * MAX_WEEKS)
    )


def sessions_per_week(sessions: DataFrame, as_of: date, days: int) -> DataFrame:
    """`session_count`, those `with_order_count`, pages, seconds and persons per week and in all.

    `page_count` and `duration_seconds` are sums over the sessions. `week_on` is null in the row of
    the total. At most MAX_WEEKS rows.
    """
    shown = sessions.where(_is_within(F.to_date("started_at"), as_of, days))
    return (
        shown.select("*", _monday_of("started_at"))
        .groupingSets([["week_on"], []], "week_on")
        .agg(
            F.count(F.lit(1)).alias("session_count"),
            F.count_if(F.col("order_count") > 0).alias("with_order_count"),
            F.sum("page_count").alias("page_count"),
            F.sum("duration_seconds").alias("duration_seconds"),
            _persons(),
        )
        .orderBy("week_on")
        .limit(MAX_WEEKS)
    )


def _is_within(day: Column | str, as_of: date, days: int) -> Column:
    on = F.col(day) if isinstance(day, str) else day
    first, last = as_of - timedelta(days=days), as_of - timedelta(days=1)
    return on.between(F.lit(first), F.lit(last))


def _monday_of(moment: str) -> Column:
    return F.to_date(F.date_trunc("week", moment)).alias("week_on")


def _persons() -> Column:
    # Only to decide whether a cell is too small to show; the sketch is exact for small counts.
    return F.approx_count_distinct("customer_id").alias("customer_count")
