"""Identifiers seen in one event are evidence that they are one person's."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.identity.blocks import GENERIC, OWN, SHARED
from cdp_spark.tables.identity import EDGE
from cdp_spark.terms.identifiers import IdentifierRule, by_kind

_RULE = "seen_together"
LIVE, TIMED, CUT = "live", "timed", "cut"


def edges_of(
    sightings: DataFrame, identifiers: DataFrame, rules: tuple[IdentifierRule, ...]
) -> DataFrame:
    """identity.edge rows: one per pair of identifiers that events tie together.

    In each event every identifier is tied to the event's strongest one that is a person's own.
    Edges to shared ones are `timed`: whose those are is told by spells. Edges to generic ones are
    `cut`, kept for what they tell but never followed.
    """
    grouped = (
        _pairs(sightings, identifiers, rules)
        .groupBy("left", "right")
        .agg(
            F.min("event_at").alias("first_seen_at"),
            F.max("event_at").alias("last_seen_at"),
            F.count("*").alias("event_count"),
        )
    )
    return grouped.select(
        F.col("left.identifier_key").alias("left_key"),
        F.col("right.identifier_key").alias("right_key"),
        F.col("left.kind").alias("left_kind"),
        F.col("right.kind").alias("right_kind"),
        F.lit(_RULE).alias("rule"),
        "first_seen_at",
        "last_seen_at",
        "event_count",
        _confidence(rules).alias("confidence"),
        _state(F.col("left.role"), F.col("right.role")).alias("state"),
        F.coalesce("left.reason", "right.reason").alias("reason"),
    ).select(*EDGE.columns)


def _state(left: Column, right: Column) -> Column:
    is_generic = (left == GENERIC) | (right == GENERIC)
    is_shared = (left == SHARED) | (right == SHARED)
    return F.when(is_generic, CUT).when(is_shared, TIMED).otherwise(LIVE)


def _pairs(
    sightings: DataFrame, identifiers: DataFrame, rules: tuple[IdentifierRule, ...]
) -> DataFrame:
    """One row per event and identifier besides its strongest: the two, `left` the smaller key."""
    judged = identifiers.select("identifier_key", "role", "reason")
    seen = sightings.select("event_key", "identifier_key", "kind", "event_at").join(
        judged, on="identifier_key", how="inner"
    )
    strongest_first = Window.partitionBy("event_key").orderBy(
        F.col("role") != OWN, by_kind(rules, "priority"), "identifier_key"
    )
    ranked = seen.withColumn("rank", F.row_number().over(strongest_first))
    me = F.struct("identifier_key", "kind", "role", "reason")
    anchors = ranked.where(F.col("rank") == 1).select("event_key", me.alias("anchor"))
    others = ranked.where(F.col("rank") > 1).select("event_key", "event_at", me.alias("other"))
    pairs = others.join(anchors, on="event_key", how="inner")
    is_ordered = F.col("anchor.identifier_key") < F.col("other.identifier_key")
    return pairs.select(
        "event_at",
        F.when(is_ordered, F.col("anchor")).otherwise(F.col("other")).alias("left"),
        F.when(is_ordered, F.col("other")).otherwise(F.col("anchor")).alias("right"),
    )


def _confidence(rules: tuple[IdentifierRule, ...]) -> Column:
    """That of the weaker kind, growing towards 1 with the number of events that show both.

    Each further event halves the doubt up to the fourth; more of the same adds nothing.
    """
    weaker = F.least(
        by_kind(rules, "confidence", "left.kind"), by_kind(rules, "confidence", "right.kind")
    )
    halvings = F.least(F.col("event_count") - 1, F.lit(3))
    return F.lit(1.0) - (F.lit(1.0) - weaker) / F.pow(F.lit(2.0), halvings)
