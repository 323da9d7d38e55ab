"""What stewards decided, as evidence and as limits.

`always` joins identifiers, `alias` joins those that are one name written in several ways, `bypass`
makes an identifier nobody's, `never` keeps its sides apart. A decision holds until it expires or is
withdrawn; rebuilding everything finds it again. Where always and never contradict each other never
wins, and the evidence that lost is told by its edge.
"""

from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables.identity import EDGE

ALWAYS, NEVER, BYPASS, ALIAS = "always", "never", "bypass", "alias"
WITHDRAWN = "withdrawn"
STEWARD = "steward"
BYPASSED = "bypassed by a steward"
_JOINS = (ALWAYS, ALIAS)
# A steward is surer than any evidence, but the product of doubts needs one.
_CERTAIN = 1.0 - 2.0**-20


def standing_decisions(decisions: DataFrame, now: datetime) -> DataFrame:
    """The identity.decision rows that hold at a moment: neither expired nor withdrawn."""
    withdrawn = decisions.where(F.col("verdict") == WITHDRAWN).select(
        F.col("withdraws").alias("decision_id")
    )
    is_open = F.col("expires_at").isNull() | (F.col("expires_at") > F.lit(now))
    made = decisions.where((F.col("verdict") != WITHDRAWN) & is_open)
    return made.join(withdrawn, on="decision_id", how="left_anti")


def bypassed(standing: DataFrame) -> DataFrame:
    """identifier_key of what is nobody's by decision."""
    return standing.where(F.col("verdict") == BYPASS).select("identifier_key").distinct()


def decided_pairs(standing: DataFrame) -> DataFrame:
    """left_key, right_key, verdict and decided_at: the identifiers of each decision in a chain."""
    joins = standing.where(F.col("verdict").isin(*_JOINS))
    members = joins.groupBy("decision_id", "verdict", "decided_at").agg(
        F.sort_array(F.collect_set("identifier_key")).alias("keys")
    )
    keys = F.col("keys")
    pairs = F.arrays_zip(
        F.slice(keys, 1, F.size(keys) - 1).alias("left_key"),
        F.slice(keys, 2, F.size(keys) - 1).alias("right_key"),
    )
    each = members.select(F.explode(pairs).alias("pair"), "verdict", "decided_at")
    return each.select("pair.*", "verdict", "decided_at")


def decided_edges(standing: DataFrame, identifiers: DataFrame, state: Column) -> DataFrame:
    """identity.edge rows of what stewards joined, between identifiers that events show.

    `state` tells an edge's state from the structs `left` and `right`, the identifiers at its ends.
    """
    told = F.struct("identifier_key", "kind", "role", "reason")
    ends = [
        identifiers.select(F.col("identifier_key").alias(f"{end}_key"), told.alias(end))
        for end in ("left", "right")
    ]
    # One that no event shows must not leave a gap in a chain.
    shown = standing.join(identifiers, on="identifier_key", how="left_semi")
    pairs = decided_pairs(shown).groupBy("left_key", "right_key", "verdict")
    first = pairs.agg(F.min("decided_at").alias("decided_at"))
    both = first.join(ends[0], on="left_key", how="inner").join(
        ends[1], on="right_key", how="inner"
    )
    is_live = state == "live"
    return both.select(
        "left_key",
        "right_key",
        F.col("left.kind").alias("left_kind"),
        F.col("right.kind").alias("right_kind"),
        F.col("verdict").alias("rule"),
        F.lit(STEWARD).alias("source"),
        F.col("decided_at").alias("first_seen_at"),
        F.col("decided_at").alias("last_seen_at"),
        F.lit(0).cast("long").alias("event_count"),
        F.lit(_CERTAIN).alias("confidence"),
        F.when(is_live, weight_of(F.lit(_CERTAIN))).otherwise(F.lit(0.0)).alias("weight"),
        state.alias("state"),
        F.coalesce("left.reason", "right.reason").alias("reason"),
    ).select(*EDGE.columns)


def weight_of(confidence: Column) -> Column:
    """Weight of evidence: log2 of its odds, rounded to six digits."""
    return F.round(F.log2(confidence / (F.lit(1.0) - confidence)), 6)


def sides(standing: DataFrame) -> DataFrame:
    """identifier_key, dimension and value: on which side of which `never` an identifier stands."""
    return standing.where(F.col("verdict") == NEVER).select(
        "identifier_key",
        F.concat(F.lit("never "), F.col("decision_id")).alias("dimension"),
        F.col("side").cast("string").alias("value"),
    )


def asserted(standing: DataFrame) -> DataFrame:
    """identifier_key and customer_id: the id that a decision gives the identifiers of a side."""
    told = standing.where((F.col("verdict") == NEVER) & F.col("customer_id").isNotNull())
    return told.select("identifier_key", "customer_id").distinct()


def may_differ(changes: list[DataFrame], decisions: DataFrame) -> bool:
    """Whether anything was sighted or decided since, or a decision may have expired."""
    may_expire = decisions.where(F.col("expires_at").isNotNull())
    return any(not rows.isEmpty() for rows in [*changes, may_expire])
