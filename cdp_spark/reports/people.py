"""Counts of people, identifiers, scores, segments and deliveries."""

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

MOST_IDENTIFIERS = 10
MAX_MODELS = 20
MAX_SEGMENTS = 200
MAX_DESTINATIONS = 100
WRITTEN = "written"


def people_found(customers: DataFrame) -> DataFrame:
    """One row for known and one for anonymous people: `group`, `customer_count`. At most 2."""
    group = F.when(F.col("is_known"), "known").otherwise("anonymous")
    return customers.groupBy(group.alias("group")).agg(_persons()).orderBy(F.desc("group")).limit(2)


def cluster_sizes(customers: DataFrame) -> DataFrame:
    """One row per number of identifiers: `identifier_count`, `customer_count`.

    The last, MOST_IDENTIFIERS, means that many or more. At most MOST_IDENTIFIERS + 1 rows.
    """
    capped = F.least("identifier_count", F.lit(MOST_IDENTIFIERS).cast("long"))
    return (
        customers.groupBy(capped.alias("identifier_count"))
        .agg(_persons())
        .orderBy("identifier_count")
        .limit(MOST_IDENTIFIERS + 1)
    )


def score_deciles(scores: DataFrame, as_of: date) -> DataFrame:
    """One row per model and decile of the day: `mean_score`, `customer_count`.

    No minimum and maximum: each would be one person's score. At most MAX_MODELS · 10 rows.
    """
    return (
        scores.where(_is_of(as_of))
        .groupBy("model", "decile")
        .agg(F.avg("score").alias("mean_score"), _persons())
        .orderBy("model", "decile")
        .limit(MAX_MODELS * 10)
    )


def segment_sizes(members: DataFrame, as_of: date) -> DataFrame:
    """One row per segment of the day: `customer_count`. At most MAX_SEGMENTS rows."""
    return (
        members.where(_is_of(as_of))
        .groupBy("segment")
        .agg(_persons())
        .orderBy("segment")
        .limit(MAX_SEGMENTS)
    )


def delivery_outcomes(deliveries: DataFrame, as_of: date) -> DataFrame:
    """One row per destination and outcome of the day: written, or the reason for holding back.

    At most MAX_DESTINATIONS · 10 rows.
    """
    outcome = F.when(F.col("is_written"), WRITTEN).otherwise(F.coalesce("reason", F.lit("unsaid")))
    return (
        deliveries.where(_is_of(as_of))
        .groupBy("destination", "segment", outcome.alias("outcome"))
        .agg(_persons())
        .orderBy("destination", F.desc(F.col("outcome") == WRITTEN), "outcome")
        .limit(MAX_DESTINATIONS * 10)
    )


def _is_of(as_of: date) -> Column:
    return F.col("as_of_on") == F.lit(as_of)


def _persons() -> Column:
    return F.count(F.lit(1)).alias("customer_count")
