"""Identifiers seen in one event are evidence that they belong to one person."""

from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.identity.settings import IdentitySettings, MatchRule
from cdp_spark.identity.states import (
    ALIAS_CALL,
    CUT,
    GENERIC,
    LIVE,
    OWN,
    REVIEW,
    SHARED,
    TIMED,
    WEAK,
)
from cdp_spark.identity.stewardship.decisions import decided_edges, weight_of
from cdp_spark.semantics.identifiers import IdentifierRule, rule_option_by_kind
from cdp_spark.tables.identity import EDGE

UNRULED = "no match rule names both kinds"
_STATED_CONFIDENCE = 0.99
_NO_RULE = "none"
_WIDEST = 8
_SEEN = ("event_key", "identifier_key", "kind", "source", "event_at", "alias")
_ENDS = ("left", "right")


def edges_of(sightings: DataFrame, identifiers: DataFrame, settings: IdentitySettings) -> DataFrame:
    """identity.edge rows: one per source and pair of identifiers that its events show together.

    In each event every identifier is tied to the strongest one that belongs to one person; where
    match rules or thresholds exclude some pairs, to the eight strongest. Edges to shared ones are
    `timed`: these belong to a customer for an ownership period. Edges to generic ones are `cut`:
    stored, but never followed. So are pairs that no match rule names. Evidence below merge.accept
    waits for a steward (`review`); below merge.review it is `weak`. What an alias call states is
    the rule `alias_call`, whatever match rules say.
    """
    return rated_edges(counted_pairs(sightings, identifiers, settings), settings)


def counted_pairs(
    sightings: DataFrame, identifiers: DataFrame, settings: IdentitySettings
) -> DataFrame:
    """One row per pair and source: the first and last event that shows both, and how many do.

    `left` and `right` are structs of identifier_key, kind, role and reason; `is_stated`: one of the
    events is an alias call.
    """
    pairs = _pairs(sightings, identifiers, settings.rules, _reach(settings))
    return pairs.groupBy("left", "right", "source").agg(
        F.min("event_at").alias("first_seen_at"),
        F.max("event_at").alias("last_seen_at"),
        F.count("*").alias("event_count"),
        F.max("is_stated").alias("is_stated"),
    )


def with_stored_counts(edges: DataFrame, pairs: DataFrame, identifiers: DataFrame) -> DataFrame:
    """The pairs, with the counts of the stored `edges` added.

    `pairs` are the `counted_pairs` of events that the edges do not count yet; `identifiers` has
    the identifiers at their ends.
    """
    one = F.struct("identifier_key", "kind", "role", "reason")
    keys = pairs.select(
        F.col("left.identifier_key").alias("left_key"),
        F.col("right.identifier_key").alias("right_key"),
        "source",
    )
    stored = edges.join(keys, on=keys.columns, how="left_semi")
    stored = stored.withColumn("is_stated", F.col("rule") == ALIAS_CALL)
    for end in _ENDS:
        ends = identifiers.select(F.col("identifier_key").alias(f"{end}_key"), one.alias(end))
        stored = stored.join(ends, on=f"{end}_key", how="inner")
    return (
        pairs.unionByName(stored.select(*pairs.columns))
        .groupBy("left", "right", "source")
        .agg(
            F.min("first_seen_at").alias("first_seen_at"),
            F.max("last_seen_at").alias("last_seen_at"),
            F.sum("event_count").alias("event_count"),
            F.max("is_stated").alias("is_stated"),
        )
    )


def rated_edges(counted: DataFrame, settings: IdentitySettings) -> DataFrame:
    """identity.edge rows of counted pairs, with their confidence and state.

    `counted` has all sources of each pair, because their evidence counts together.
    """
    stated = F.when(F.col("is_stated"), ALIAS_CALL)
    rule = F.coalesce(stated, _by_match_rule(settings.match_rules, "name"))
    ruled = counted.withColumn("rule", rule)
    sure = ruled.withColumn("confidence", _confidence(settings))
    state = _state(F.col("left.role"), F.col("right.role"), F.col("rule"))
    weighed = _weighed(sure.withColumn("state", state), settings)
    is_live = F.col("state") == LIVE
    return weighed.select(
        F.col("left.identifier_key").alias("left_key"),
        F.col("right.identifier_key").alias("right_key"),
        F.col("left.kind").alias("left_kind"),
        F.col("right.kind").alias("right_kind"),
        F.coalesce("rule", F.lit(_NO_RULE)).alias("rule"),
        "source",
        "first_seen_at",
        "last_seen_at",
        "event_count",
        "confidence",
        F.when(is_live, weight_of(F.col("confidence"))).otherwise(F.lit(0.0)).alias("weight"),
        "state",
        F.coalesce("left.reason", "right.reason", "why").alias("reason"),
    ).select(*EDGE.columns)


def with_steward_edges(
    edges: DataFrame, active: DataFrame, named: DataFrame, identifiers: DataFrame
) -> DataFrame:
    """The edges and those that stewards decided, which also join only identifiers of one person."""
    state = _state(F.col("left.role"), F.col("right.role"), F.lit("decided"))
    return edges.unionByName(decided_edges(active, named, identifiers, state))


def _state(left: Column, right: Column, rule: Column) -> Column:
    is_cut = (left == GENERIC) | (right == GENERIC) | rule.isNull()
    is_shared = (left == SHARED) | (right == SHARED)
    return F.when(is_cut, CUT).when(is_shared, TIMED).otherwise(LIVE)


def _weighed(edges: DataFrame, settings: IdentitySettings) -> DataFrame:
    """The edges with `why`, and with another state where all evidence of a pair is too weak.

    Sources are independent evidence, each capped. Where every rule accepts a single event, pairs
    need not be summed up.
    """
    unruled = edges.withColumn("why", F.when(F.col("rule").isNull(), UNRULED).cast("string"))
    if _is_always_enough(settings):
        return unruled
    pair = Window.partitionBy("left.identifier_key", "right.identifier_key")
    doubt = F.exp(F.sum(F.log(F.lit(1.0) - F.col("confidence"))).over(pair))
    sure = F.round(F.lit(1.0) - doubt, 9)
    fewest = F.coalesce(
        F.when(F.col("is_stated"), 1), _by_match_rule(settings.match_rules, "events"), F.lit(1)
    )
    is_seldom = F.sum("event_count").over(pair) < fewest
    merge, is_live = settings.merge, F.col("state") == LIVE
    is_weak = is_live & (is_seldom | (sure < merge.review))
    is_unsure = is_live & (sure < merge.accept)
    return unruled.withColumns(
        {
            "state": F.when(is_weak, WEAK).when(is_unsure, REVIEW).otherwise(F.col("state")),
            "why": F.when(is_weak & is_seldom, "in too few events")
            .when(is_weak, "below merge.review")
            .when(is_unsure, "below merge.accept")
            .otherwise(F.col("why")),
        }
    )


def _is_always_enough(settings: IdentitySettings) -> bool:
    """Whether the settings accept a single event of any pair."""
    confidences = [rule.confidence for rule in settings.match_rules if rule.confidence is not None]
    least = min([*confidences, *[rule.confidence for rule in settings.identifiers]])
    is_seldom = any(rule.events > 1 for rule in settings.match_rules)
    return least >= settings.merge.accept and not is_seldom


def _reach(settings: IdentitySettings) -> int:
    """How many of an event's strongest identifiers the others are tied to.

    One is enough where every pair is evidence: ties among all would add edges but no reach.
    """
    is_any = any(not rule.kinds for rule in settings.match_rules)
    return 1 if is_any and _is_always_enough(settings) else _WIDEST


def _pairs(
    sightings: DataFrame,
    identifiers: DataFrame,
    rules: tuple[IdentifierRule, ...],
    reach: int,
) -> DataFrame:
    """One row per event, identifier and stronger one within reach: the pair, ordered by key."""
    roles = identifiers.select("identifier_key", "role", "reason")
    seen = sightings.select(*_SEEN).join(roles, on="identifier_key", how="inner")
    strongest_first = Window.partitionBy("event_key").orderBy(
        F.col("role") != OWN, rule_option_by_kind(rules, "priority"), "identifier_key"
    )
    ranked = seen.withColumn("rank", F.row_number().over(strongest_first))
    me = F.struct("identifier_key", "kind", "role", "reason")
    anchors = ranked.where(F.col("rank") <= reach).select(
        "event_key", me.alias("anchor"), F.col("rank").alias("anchor_rank")
    )
    others = ranked.where(F.col("rank") > 1).select(
        "event_key",
        "event_at",
        "source",
        me.alias("other"),
        "rank",
        F.col("alias").isNotNull().alias("is_stated"),
    )
    pairs = others.join(anchors, on="event_key", how="inner")
    pairs = pairs.where(F.col("anchor_rank") < F.col("rank"))
    is_ordered = F.col("anchor.identifier_key") < F.col("other.identifier_key")
    return pairs.select(
        "event_at",
        "source",
        "is_stated",
        F.when(is_ordered, F.col("anchor")).otherwise(F.col("other")).alias("left"),
        F.when(is_ordered, F.col("other")).otherwise(F.col("anchor")).alias("right"),
    )


def _by_match_rule(match_rules: tuple[MatchRule, ...], field: str) -> Column:
    """One field of the first match rule that names both kinds; null where none does."""

    def or_this(others: Column, rule: MatchRule) -> Column:
        kinds = list(rule.kinds)
        fits = F.lit(not kinds)
        if kinds:
            fits = F.col("left.kind").isin(kinds) & F.col("right.kind").isin(kinds)
        return F.when(fits, F.lit(getattr(rule, field))).otherwise(others)

    return reduce(or_this, reversed(match_rules), F.lit(None))


def _confidence(settings: IdentitySettings) -> Column:
    """Confidence of the match rule, else of the weaker kind, growing with the events of a source.

    Each further event halves the doubt, up to the fourth; later ones add nothing.
    """
    rules = settings.rules
    weaker = F.least(*[rule_option_by_kind(rules, "confidence", f"{end}.kind") for end in _ENDS])
    given = _by_match_rule(settings.match_rules, "confidence").cast("double")
    one = F.coalesce(F.when(F.col("is_stated"), _STATED_CONFIDENCE), given, weaker)
    halvings = F.least(F.col("event_count") - 1, F.lit(3))
    return F.lit(1.0) - (F.lit(1.0) - one) / F.pow(F.lit(2.0), halvings)
