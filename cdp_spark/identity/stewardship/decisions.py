"""Decisions of stewards, as evidence and as limits.

`always` joins identifiers, `alias` joins spellings of one name, `bypass` makes an identifier
generic, `never` keeps its sides in different customers. A decision is in force until it expires or
is withdrawn; rebuilds apply it. Where two conflict, `never` overrides `always`, and the edge that
is cut has the reason.
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
# Above any evidence, but below 1, because the confidences of a pair are multiplied as doubts.
_CERTAIN = 1.0 - 2.0**-20


def active_decisions(decisions: DataFrame, now: datetime) -> DataFrame:
    """The identity.decision rows in force at a moment: neither expired nor withdrawn."""
    withdrawn = decisions.where(F.col("decision") == WITHDRAWN).select(
        F.col("withdraws").alias("decision_id")
    )
    is_open = F.col("expires_at").isNull() | (F.col("expires_at") > F.lit(now))
    made = decisions.where((F.col("decision") != WITHDRAWN) & is_open)
    return made.join(withdrawn, on="decision_id", how="left_anti")


def bypassed_identifiers(active: DataFrame) -> DataFrame:
    """identifier_key of identifiers that a steward made generic."""
    return active.where(F.col("decision") == BYPASS).select("identifier_key").distinct()


def decided_pairs(members: DataFrame) -> DataFrame:
    """left_key, right_key, decision and decided_at: identifiers that belong together, in chains.

    `members` has group_id, decision, decided_at, identifier_key and is_own. Own identifiers come
    first in their chain, so that others leave no gap.
    """
    place = F.struct((~F.col("is_own")).alias("is_last"), F.col("identifier_key").alias("key"))
    chains = members.groupBy("group_id", "decision").agg(
        F.array_sort(F.collect_set(place))["key"].alias("keys"),
        F.min("decided_at").alias("decided_at"),
    )
    keys = F.col("keys")
    pairs = F.arrays_zip(
        F.slice(keys, 1, F.size(keys) - 1).alias("one"),
        F.slice(keys, 2, F.size(keys) - 1).alias("other"),
    )
    each = chains.select(F.explode(pairs).alias("pair"), "decision", "decided_at")
    ends = F.col("pair.one"), F.col("pair.other")
    return each.select(
        F.least(*ends).alias("left_key"), F.greatest(*ends).alias("right_key"),
        "decision", "decided_at",
    )  # fmt: skip


def decided_edges(
    active: DataFrame, named: DataFrame, identifiers: DataFrame, state: Column
) -> DataFrame:
    """identity.edge rows that stewards decided, between identifiers that events show.

    `named` has identifier_key and value of aliases, the value common to a chain of them. `state`
    is the state of an edge, computed from the structs `left` and `right`, its two identifiers.
    """
    identifier = F.struct("identifier_key", "kind", "role", "reason")
    ends = [
        identifiers.select(F.col("identifier_key").alias(f"{end}_key"), identifier.alias(end))
        for end in ("left", "right")
    ]
    aliases = named.select("identifier_key", F.concat(F.lit("alias "), "value").alias("alias"))
    # An identifier that no event shows must not leave a gap in a chain.
    shown = active.where(F.col("decision").isin(*_JOINS)).join(
        identifiers.select("identifier_key", (F.col("role") == "own").alias("is_own")),
        on="identifier_key",
        how="inner",
    )
    is_alias = F.col("decision") == ALIAS
    members = shown.join(aliases, on="identifier_key", how="left_outer").withColumn(
        "group_id", F.when(is_alias, F.col("alias")).otherwise(F.col("decision_id"))
    )
    pairs = decided_pairs(members).groupBy("left_key", "right_key", "decision")
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
        F.col("decision").alias("rule"),
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


def never_sides(active: DataFrame) -> DataFrame:
    """identifier_key, dimension and value: the side of each `never` that an identifier is on."""
    return active.where(F.col("decision") == NEVER).select(
        "identifier_key",
        F.concat(F.lit("never "), F.col("decision_id")).alias("dimension"),
        F.col("side").cast("string").alias("value"),
    )


def asserted(active: DataFrame) -> DataFrame:
    """identifier_key and customer_id: the id that a decision gives the identifiers of a side.

    Of two ids the one of the smaller side wins: an earlier merge is the smaller part of a later
    one.
    """
    given = active.where((F.col("decision") == NEVER) & F.col("customer_id").isNotNull())
    sizes = given.groupBy("decision_id", "side").agg(F.count("*").alias("size"))
    sized = given.join(sizes, on=["decision_id", "side"], how="inner")
    smallest = F.min_by("customer_id", F.struct("size", "decision_id"))
    return sized.groupBy("identifier_key").agg(smallest.alias("customer_id"))


def is_rebuild_needed(
    changes: list[DataFrame], decisions: DataFrame, since: datetime | None, now: datetime
) -> bool:
    """Whether there are changes since the last run, or a decision expired since."""
    if since is None or any(not rows.isEmpty() for rows in changes):
        return True
    expires_at = F.col("expires_at")
    return not decisions.where((expires_at > F.lit(since)) & (expires_at <= F.lit(now))).isEmpty()
