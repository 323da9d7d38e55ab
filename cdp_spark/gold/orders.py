"""Orders, from events of whole orders or of single lines, less refunds."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.gold.settings import OrderSettings
from cdp_spark.tables.gold import ORDER
from cdp_spark.values.token import hashed

_ORDER = ("order_namespace", "order_id")
_MONEY = "decimal(18,2)"


def order_keys_of(order_events: DataFrame, stored: DataFrame, customers: DataFrame) -> DataFrame:
    """order_key of each order to rebuild: those of the events, and the customers' stored ones."""
    event_keys = order_events.select(_order_key().alias("order_key"))
    stored_keys = stored.join(customers, on="customer_id", how="left_semi").select("order_key")
    return event_keys.unionByName(stored_keys).distinct()


def orders_of(order_events: DataFrame, orders: OrderSettings) -> DataFrame:
    """gold.order rows with `surplus_keys`: one per order that was bought.

    Refunds of unseen orders are left out. An order belongs to the customer of its first event that
    names one. Of several events of the whole order the first with an amount counts; `amount` is
    null where no event gives one. Refunds in another currency than the order's are converted by the
    rates of their days, and make `net_amount` null if there is none. `surplus_keys` are the events
    of an order that do not count, because another event of the whole order does.
    Sources of one namespace share orders.
    """
    named = order_events.where(F.col("order_id").isNotNull())
    events = named.withColumns(sale_columns(orders))
    totals = events.groupBy(*_ORDER).agg(*_totals(orders))
    bought = totals.where(F.col("ordered_at").isNotNull())
    amount, value = F.col("amount"), F.col("bought_value")
    is_mixed = F.coalesce("has_other_currency", F.lit(False))  # noqa: FBT003
    in_own = F.when(~is_mixed, F.col("refunded_amount"))
    refund = F.coalesce(in_own, F.col("refunded_value") * amount / value)
    net, is_whole = amount - refund.cast(_MONEY), F.col("is_all_refunded")
    net_value = F.when(~F.col("is_unpriced"), value - F.coalesce("refunded_value", F.lit(0)))
    zero = F.when(amount.isNotNull(), F.lit(0))
    return bought.select(
        *("source", "order_id", "customer_id", "ordered_at", "amount", "currency", "line_count"),
        _order_key().alias("order_key"),
        F.when(is_whole, amount).otherwise(refund).cast(_MONEY).alias("refund_amount"),
        F.when(is_whole, zero).otherwise(net).cast(_MONEY).alias("net_amount"),
        F.when(is_whole, zero).otherwise(net_value).cast(_MONEY).alias("converted_amount"),
        F.when(
            F.col("whole_key").isNotNull() & (F.size("bought_keys") > 1),
            F.array_except("bought_keys", F.array("whole_key")),
        ).alias("surplus_keys"),
    ).select(*ORDER.columns, "surplus_keys")


def counted_once(events: DataFrame, orders: DataFrame) -> DataFrame:
    """The events, without order and amount where another event of their order counts.

    `orders` have `surplus_keys`; few orders have any, so the join is with a small frame.
    """
    surplus = orders.select(F.explode("surplus_keys").alias("event_key"))
    marked = events.join(
        surplus.withColumn("is_surplus", F.lit(True)),  # noqa: FBT003
        on="event_key",
        how="left_outer",
    )
    is_counted = F.col("is_surplus").isNull()
    names = ("order_id", "amount", "value")
    counted = {name: F.when(is_counted, F.col(name)) for name in names}
    return marked.withColumns(counted).drop("is_surplus")


def sale_columns(orders: OrderSettings) -> dict[str, Column]:
    """What each event bought or refunded: flags, amounts, and values in the project's currency.

    A whole order with a negative amount is a refund; so is a refund event of either sign.
    """
    is_whole, is_line = (F.col("name").isin(list(names)) for names in (orders.whole, orders.lines))
    is_negative = F.coalesce(F.col("amount") < 0, F.lit(False))  # noqa: FBT003
    is_refund = F.col("name").isin(list(orders.refunded)) | (is_whole & is_negative)
    is_bought = (is_whole & ~is_negative) | is_line
    return {
        "is_bought": is_bought,
        "bought_amount": F.when(is_bought, F.col("amount")),
        "bought_value": F.when(is_bought, F.col("value")),
        "is_refund": is_refund,
        "refund_amount": F.when(is_refund, F.abs("amount")),
        "refund_value": F.when(is_refund, F.abs("value")),
    }


def _totals(orders: OrderSettings) -> list[Column]:
    """The aggregates of one order's events."""
    is_whole, is_bought = F.col("name").isin(list(orders.whole)), F.col("is_bought")
    moment = F.struct("event_at", "event_key")
    has_customer = is_bought & F.col("customer_id").isNotNull()
    has_currency = is_bought & F.col("currency").isNotNull()
    # Segment: an Order Refunded without products and without an amount refunds the whole order.
    has_products = F.coalesce(F.size("products") > 0, F.lit(False))  # noqa: FBT003
    is_all_refunded = F.col("is_refund") & F.col("amount").isNull() & ~has_products
    whole_moment = F.when(is_whole & F.col("bought_amount").isNotNull(), moment)
    return [
        F.min_by("event_key", whole_moment).alias("whole_key"),
        F.collect_list(F.when(is_bought, F.col("event_key"))).alias("bought_keys"),
        F.min_by("customer_id", F.when(has_customer, moment)).alias("customer_id"),
        F.min(F.when(is_bought, F.col("event_at"))).alias("ordered_at"),
        F.min_by("source", F.when(is_bought, moment)).alias("source"),
        _bought_total("bought_amount", is_whole, whole_moment).alias("amount"),
        _bought_total("bought_value", is_whole, whole_moment).alias("bought_value"),
        F.coalesce(F.sum("refund_amount"), F.lit(0)).alias("refunded_amount"),
        F.sum("refund_value").alias("refunded_value"),
        F.bool_or(_is_unpriced()).alias("is_unpriced"),
        (F.min("currency") != F.max("currency")).alias("has_other_currency"),
        F.coalesce(F.bool_or(is_all_refunded), F.lit(False)).alias("is_all_refunded"),  # noqa: FBT003
        F.min_by("currency", F.when(has_currency, moment)).alias("currency"),
        F.coalesce(F.sum(F.when(is_bought, F.size("products"))), F.lit(0))
        .cast("long")
        .alias("line_count"),
    ]  # fmt: skip


def _is_unpriced() -> Column:
    """Whether an event is a refund in a currency without a rate."""
    return F.col("refund_amount").isNotNull() & F.col("refund_value").isNull()


def _bought_total(name: str, is_whole: Column, whole_moment: Column) -> Column:
    """The first whole amount of an order, else the sum of its lines; null without any."""
    amount = F.col(name)
    first = F.min_by(amount, whole_moment)
    return F.coalesce(first, F.sum(F.when(~is_whole, amount))).cast(_MONEY)


def _order_key() -> Column:
    return hashed(*map(F.col, _ORDER))
