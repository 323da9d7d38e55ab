"""Activity of customers, by day and event name."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.gold.orders import sale_columns
from cdp_spark.gold.settings import OrderSettings
from cdp_spark.tables.gold import ACTIVITY


def activity_of(events: DataFrame, orders: OrderSettings) -> DataFrame:
    """gold.activity rows: one per customer, event day, day of availability and event name."""
    day = events.select("*", F.to_date("available_at").alias("available_on"))
    day = day.withColumns(sale_columns(orders))
    return (
        day.groupBy("customer_id", "event_on", "available_on", "name")
        .agg(
            F.count("*").alias("event_count"),
            F.count_distinct(F.when(F.col("is_bought"), F.col("order_id"))).alias("order_count"),
            _total("bought_value").alias("order_amount"),
            _total("refund_value").alias("refund_amount"),
            F.coalesce(F.sum(F.size("products")), F.lit(0)).cast("long").alias("item_count"),
        )
        .select(*ACTIVITY.columns)
    )


def _total(name: str) -> Column:
    return F.coalesce(F.sum(name), F.lit(0)).cast("decimal(18,2)")
