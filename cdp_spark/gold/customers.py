"""One row per customer: the best value of each field, and totals."""

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.gold.settings import GoldSettings
from cdp_spark.semantics.ownership import current_links
from cdp_spark.tables.contract import AMOUNTS
from cdp_spark.tables.gold import CUSTOMER


@dataclass(frozen=True)
class CustomerOptions:
    """Settings from other rooms: trust of each source (0-100), and kinds that are devices."""

    trust: dict[str, int]
    devices: tuple[str, ...]


def customers_of(
    events: DataFrame,
    orders: DataFrame,
    links: DataFrame,
    settings: GoldSettings,
    options: CustomerOptions,
) -> DataFrame:
    """gold.customer rows of the customers that own these events.

    Of several values of a field, `most_recent` keeps the latest, `source_priority` the latest from
    the most trusted source.
    """
    best_values = events.groupBy("customer_id").agg(
        *[
            _best(name, rule, options.trust).alias(name)
            for name, rule in settings.survivorship.items()
        ],
        F.count("*").alias("event_count"),
        F.min("event_at").alias("first_seen_at"),
        F.max("event_at").alias("last_seen_at"),
    )
    is_device = F.col("kind").isin(list(options.devices))
    identifiers = (
        current_links(links)
        .groupBy("customer_id")
        .agg(
            F.count_distinct("identifier_key").alias("identifier_count"),
            F.max(~is_device & (F.col("confidence") > 0)).alias("is_known"),
        )
    )
    joined = best_values.join(identifiers, on="customer_id", how="inner").join(
        _order_totals(orders), on="customer_id", how="left_outer"
    )
    none = F.create_map().cast(AMOUNTS)
    return joined.withColumns(
        {
            "order_count": F.coalesce("order_count", F.lit(0)),
            "unconverted_order_count": F.coalesce("unconverted_order_count", F.lit(0)),
            "net_amount": F.coalesce("net_amount", F.lit(0)).cast("decimal(18,2)"),
            "net_amounts": F.coalesce("net_amounts", none),
        }
    ).select(*CUSTOMER.columns)


def _order_totals(orders: DataFrame) -> DataFrame:
    """Per customer: orders, their total in the project's currency, and totals by currency.

    An empty code stands for orders without a currency.
    """
    owned = orders.where(F.col("customer_id").isNotNull())
    by_currency = owned.groupBy("customer_id", F.coalesce("currency", F.lit("")).alias("code")).agg(
        F.count("*").alias("order_count"),
        F.sum("converted_amount").alias("converted"),
        F.sum("net_amount").cast("decimal(18,2)").alias("net"),
        F.count_if(F.col("net_amount").isNotNull() & F.col("converted_amount").isNull()).alias(
            "unconverted_count"
        ),
    )
    entries = F.array_sort(
        F.collect_list(F.when(F.col("net").isNotNull(), F.struct("code", "net")))
    )
    return by_currency.groupBy("customer_id").agg(
        F.sum("order_count").alias("order_count"),
        F.sum("converted").alias("net_amount"),
        F.sum("unconverted_count").alias("unconverted_order_count"),
        F.map_from_entries(entries).alias("net_amounts"),
    )


def _best(name: str, rule: str, trust: dict[str, int]) -> Column:
    value = F.col(name)
    trusts = F.create_map(*[part for pair in trust.items() for part in map(F.lit, pair)])
    rank = F.coalesce(F.element_at(trusts, F.col("source")), F.lit(0))
    latest = [F.col("event_at"), F.col("event_key")]
    by = F.struct(rank, *latest) if rule == "source_priority" else F.struct(*latest)
    return F.max_by(value, F.when(value.isNotNull(), by))
