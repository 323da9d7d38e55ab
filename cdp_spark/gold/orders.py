"""Orders, from events of whole orders or of single lines, less refunds."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.gold.settings import OrderSettings
from cdp_spark.tables.gold import ORDER
from cdp_spark.values.token import hashed


def order_keys_of(order_events: DataFrame, stored: DataFrame, customers: DataFrame) -> DataFrame:
    """order_key of each order to rebuild: those of the events, and the customers' stored ones."""
    event_keys = order_events.select(_order_key().alias("order_key"))
    stored_keys = stored.join(customers, on="customer_id", how="left_semi").select("order_key")
    return event_keys.unionByName(stored_keys).distinct()


def orders_of(order_events: DataFrame, orders: OrderSettings) -> DataFrame:
    """gold.order rows: one per order that was bought; refunds of unseen orders are left out.

    An order belongs to the customer of its first event. Of several events of the whole order the
    first counts.
    """
    is_whole, is_line = (F.col("name").isin(list(names)) for names in (orders.whole, orders.lines))
    is_refund = F.col("name").isin(list(orders.refunded))
    is_bought = is_whole | is_line
    moment = F.struct("event_at", "event_key")
    money = "decimal(18,2)"
    first_whole = F.min_by(F.when(is_whole, F.col("amount")), F.when(is_whole, moment))
    lines = F.sum(F.when(is_line, F.col("amount")))
    totals = (
        order_events.where(F.col("order_id").isNotNull())
        .groupBy("source", "order_id")
        .agg(
            F.min_by("customer_id", F.when(is_bought, moment)).alias("customer_id"),
            F.min(F.when(is_bought, F.col("event_at"))).alias("ordered_at"),
            F.coalesce(first_whole, lines, F.lit(0)).cast(money).alias("amount"),
            _sum(is_refund).alias("refund_amount"),
            F.min_by("currency", F.when(is_bought, moment)).alias("currency"),
            F.coalesce(F.sum(F.when(is_bought, F.size("products"))), F.lit(0))
            .cast("long")
            .alias("line_count"),
        )
    )
    bought = totals.where(F.col("ordered_at").isNotNull())
    return bought.select(
        "*",
        (F.col("amount") - F.col("refund_amount")).cast(money).alias("net_amount"),
        _order_key().alias("order_key"),
    ).select(*ORDER.columns)


def _sum(condition: Column) -> Column:
    amount = F.sum(F.when(condition, F.col("amount")))
    return F.coalesce(amount, F.lit(0)).cast("decimal(18,2)")


def _order_key() -> Column:
    return hashed(F.col("source"), F.col("order_id"))
