"""The customer of an identifier or event: one definition for all rooms."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.semantics.identifiers import IdentifierRule, rule_option_by_kind


def current_links(links: DataFrame) -> DataFrame:
    """The current rows of identity.link."""
    return links.where(F.col("recorded_to").isNull())


def identifier_owners(sightings: DataFrame, links: DataFrame) -> DataFrame:
    """event_key, identifier_key, kind and customer_id: the owner of each identifier when seen.

    An identifier with several ownership periods belongs to the customer of the latest period that
    began before the event, or of the first period. Identifiers without an owner are left out.
    """
    one = Window.partitionBy("identifier_key")
    held = current_links(links).select("identifier_key", "customer_id", "valid_from")
    counted = held.withColumn("period_count", F.count("*").over(one))
    seen = sightings.select("event_key", "identifier_key", "kind", "event_at")
    unshared = counted.where(F.col("period_count") == 1).select("identifier_key", "customer_id")
    periods = counted.where(F.col("period_count") > 1)
    shared_sightings = seen.join(
        periods.select("identifier_key"), on="identifier_key", how="left_semi"
    )
    return (
        seen.join(unshared, on="identifier_key", how="inner")
        .select("event_key", "identifier_key", "kind", "customer_id")
        .unionByName(_owners_at(shared_sightings, periods))
    )


def _owners_at(seen: DataFrame, periods: DataFrame) -> DataFrame:
    """The same for identifiers with several periods, ordered by time: no join with every period."""
    nothing = F.lit(None).cast("string")
    timeline = seen.select("*", nothing.alias("customer_id"), F.lit(1).alias("turn")).unionByName(
        periods.select(
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
    owner = F.coalesce(
        F.last("customer_id", ignorenulls=True).over(until_now),
        F.first("customer_id", ignorenulls=True).over(whole),
    )
    owned = timeline.withColumn("customer_id", owner)
    return owned.where(F.col("turn") == 1).select(
        "event_key", "identifier_key", "kind", "customer_id"
    )


def event_owners(
    sightings: DataFrame, links: DataFrame, rules: tuple[IdentifierRule, ...]
) -> DataFrame:
    """event_key and customer_id: the customer of each event, by its strongest linked identifier.

    One row per event; events without a linked identifier are left out. An identifier with several
    periods belongs to its owner at the time of the event; see `identifier_owners`.
    """
    strongest = Window.partitionBy("event_key").orderBy(
        rule_option_by_kind(rules, "priority"), "identifier_key"
    )
    ranked = identifier_owners(sightings, links).withColumn("rank", F.row_number().over(strongest))
    return ranked.where(F.col("rank") == 1).select("event_key", "customer_id")
