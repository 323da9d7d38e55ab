"""Whose an event is: the same answer for every room that asks."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.terms.identifiers import IdentifierRule


def current_links(links: DataFrame) -> DataFrame:
    """The rows of identity.link that are believed now."""
    return links.where(F.col("recorded_to").isNull())


def owners_of(
    sightings: DataFrame, links: DataFrame, rules: tuple[IdentifierRule, ...]
) -> DataFrame:
    """event_key and customer_id: whose each event is, by its strongest linked identifier.

    One row per event; events none of whose identifiers is linked are nobody's and left out. An
    identifier that belonged to several customers is the one's who had it when the event happened:
    whose span began last before it. What happened before the first span is the first one's.
    """
    priorities = F.create_map(
        *[part for rule in rules for part in (F.lit(rule.name), F.lit(rule.priority))]
    )
    linked = sightings.select("event_key", "identifier_key", "kind", "event_at").join(
        current_links(links).select("identifier_key", "customer_id", "valid_from"),
        on="identifier_key",
        how="inner",
    )
    begun_at = F.when(F.col("valid_from") <= F.col("event_at"), F.col("valid_from"))
    strongest = Window.partitionBy("event_key").orderBy(
        F.element_at(priorities, F.col("kind")),
        "identifier_key",
        begun_at.desc_nulls_last(),
        "valid_from",
    )
    ranked = linked.withColumn("rank", F.row_number().over(strongest))
    return ranked.where(F.col("rank") == 1).select("event_key", "customer_id")
