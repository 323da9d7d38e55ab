"""Whose an event is: the same answer for every room that asks."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.terms.identifiers import IdentifierRule, by_kind


def current_links(links: DataFrame) -> DataFrame:
    """The rows of identity.link that are believed now."""
    return links.where(F.col("recorded_to").isNull())


def holders_of(sightings: DataFrame, links: DataFrame) -> DataFrame:
    """event_key, identifier_key, kind and customer_id: who had each identifier when it was seen.

    An identifier that belonged to several customers is the one's whose span began last before the
    event; what happened before the first span is the first one's. Those that nobody has are left
    out.
    """
    one = Window.partitionBy("identifier_key")
    held = current_links(links).select("identifier_key", "customer_id", "valid_from")
    counted = held.withColumn("spans", F.count("*").over(one))
    seen = sightings.select("event_key", "identifier_key", "kind", "event_at")
    own = counted.where(F.col("spans") == 1).select("identifier_key", "customer_id")
    lent = counted.where(F.col("spans") > 1)
    shared = seen.join(lent.select("identifier_key"), on="identifier_key", how="left_semi")
    return (
        seen.join(own, on="identifier_key", how="inner")
        .select("event_key", "identifier_key", "kind", "customer_id")
        .unionByName(_holders_then(shared, lent))
    )


def _holders_then(seen: DataFrame, lent: DataFrame) -> DataFrame:
    """The same for what has spans: both in one line by time, so that no event meets every span."""
    nothing = F.lit(None).cast("string")
    moments = seen.select("*", nothing.alias("customer_id"), F.lit(1).alias("turn")).unionByName(
        lent.select(
            nothing.alias("event_key"),
            "identifier_key",
            nothing.alias("kind"),
            F.col("valid_from").alias("event_at"),
            "customer_id",
            F.lit(0).alias("turn"),
        )
    )
    line = Window.partitionBy("identifier_key").orderBy("event_at", "turn", "customer_id")
    whole = line.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    until_now = line.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    holder = F.coalesce(
        F.last("customer_id", ignorenulls=True).over(until_now),
        F.first("customer_id", ignorenulls=True).over(whole),
    )
    told = moments.withColumn("customer_id", holder)
    return told.where(F.col("turn") == 1).select(
        "event_key", "identifier_key", "kind", "customer_id"
    )


def owners_of(
    sightings: DataFrame, links: DataFrame, rules: tuple[IdentifierRule, ...]
) -> DataFrame:
    """event_key and customer_id: whose each event is, by its strongest linked identifier.

    One row per event; events none of whose identifiers is linked are nobody's and left out. Of an
    identifier with spans it is who had it when the event happened; see `holders_of`.
    """
    strongest = Window.partitionBy("event_key").orderBy(
        by_kind(rules, "priority"), "identifier_key"
    )
    ranked = holders_of(sightings, links).withColumn("rank", F.row_number().over(strongest))
    return ranked.where(F.col("rank") == 1).select("event_key", "customer_id")
