"""Sessions: events of one customer without a long gap."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.gold.orders import sale_columns
from cdp_spark.gold.settings import GoldSettings
from cdp_spark.tables.gold import SESSION
from cdp_spark.values.token import hashed

_MOST = 50


def sessions_of(events: DataFrame, settings: GoldSettings) -> DataFrame:
    """gold.session rows: one per session, with the products seen and their prices.

    A gap of `session_gap_minutes` or more ends a session. Lists hold at most 50 values.
    """
    in_order = Window.partitionBy("customer_id").orderBy("event_at", "event_key")
    gap = settings.session_gap_minutes * 60
    gap_micros = F.unix_micros("event_at") - F.unix_micros(F.lag("event_at").over(in_order))
    is_first = F.coalesce(gap_micros >= gap * 1_000_000, F.lit(True)).cast("int")  # noqa: FBT003
    running = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    events = events.withColumns(sale_columns(settings.orders))
    sessions = events.withColumn("is_first", is_first).withColumn(
        "number", F.sum("is_first").over(running)
    )
    summed = sessions.groupBy("customer_id", "number").agg(*_summary())
    return summed.select(
        "*",
        hashed(F.col("customer_id"), F.col("first.event_key")).alias("session_id"),
        _seconds().alias("duration_seconds"),
    ).select(*SESSION.columns)


def _summary() -> list[Column]:
    campaign = F.col("campaign")
    moment = F.struct("event_at", "event_key")
    return [
        F.min(moment).alias("first"),
        F.min("event_at").alias("started_at"),
        F.max("event_at").alias("ended_at"),
        F.count("*").alias("event_count"),
        F.count_if(F.col("type").isin("page", "screen")).alias("page_count"),
        # As a set: distinct counts beside sets are grouped, and the sets written, four times.
        F.size(F.collect_set(F.when(F.col("is_bought"), F.col("order_id"))))
        .cast("long")
        .alias("order_count"),
        F.coalesce(F.sum("bought_value"), F.lit(0)).cast("decimal(18,2)").alias("order_amount"),
        _values("product_id").alias("product_ids"),
        _values("brand").alias("brands"),
        _values("category").alias("categories"),
        F.min(F.array_min(F.col("products.price"))).alias("price_min_amount"),
        F.max(F.array_max(F.col("products.price"))).alias("price_max_amount"),
        F.min_by(campaign, F.when(campaign.isNotNull(), moment)).alias("campaign"),
    ]


def _values(name: str) -> Column:
    """Distinct values of a product's field over the session, sorted."""
    each = F.collect_set(F.array_compact(F.col(f"products.{name}")))
    return F.slice(F.array_sort(F.array_distinct(F.flatten(each))), 1, _MOST)


def _seconds() -> Column:
    micros = F.unix_micros("ended_at") - F.unix_micros("started_at")
    return F.floor(micros / 1_000_000).cast("long")
