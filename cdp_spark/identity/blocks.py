"""Identifiers that name more than one person are learned from the data.

A device that several people use is shared: it names them in turn, as does what was silent for so
long that it may have changed hands. Any other identifier seen with more people than it can have is
generic, as a switchboard's number is, and names nobody: it stays, with the reason and no weight.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.identity.decisions import BYPASSED
from cdp_spark.tables.identity import IDENTIFIER
from cdp_spark.terms.identifiers import IdentifierRule

OWN, SHARED, GENERIC = "own", "shared", "generic"
_DAY_SECONDS = 86_400


def judged_identifiers(sightings: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """identity.identifier rows: each identifier seen, and its role.

    Not a person's own is one that events show with more values of a kind than its rule allows, or
    that was silent for longer than `recycle_after` between two events.
    """
    totals = sightings.groupBy("identifier_key", "kind").agg(
        F.min("event_at").alias("first_seen_at"),
        F.max("event_at").alias("last_seen_at"),
        F.count("*").alias("event_count"),
    )
    told = totals.join(_company(sightings, rules), on="identifier_key", how="left_outer")
    if any(rule.recycle_days for rule in rules):
        told = told.join(_silences(sightings, rules), on="identifier_key", how="left_outer")
    else:
        told = told.withColumn("is_silent", F.lit(False))  # noqa: FBT003 - a literal column
    crowd, silence = _crowd(rules), _silence(rules)
    judged = told.select(
        *totals.columns,
        F.coalesce(crowd, silence).alias("reason"),
        _role(crowd, silence, rules).alias("role"),
    )
    return judged.select(*IDENTIFIER.columns)


def with_bypassed(identifiers: DataFrame, bypassed: DataFrame) -> DataFrame:
    """The identifiers; those that a steward bypasses are generic.

    `bypassed` has identifier_key.
    """
    marked = bypassed.select("identifier_key", F.lit(1).alias("is_bypassed"))
    told = identifiers.join(marked, on="identifier_key", how="left_outer")
    is_bypassed = F.col("is_bypassed").isNotNull()
    return told.withColumns(
        {
            "role": F.when(is_bypassed, GENERIC).otherwise(F.col("role")),
            "reason": F.when(is_bypassed, BYPASSED).otherwise(F.col("reason")),
        }
    ).select(*IDENTIFIER.columns)


def settled_hubs(identifiers: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """The identifiers that are generic for a reason that no further event changes.

    Among them are those that most events show: with them alone, what a change costs would be in
    proportion to all that there is.
    """
    is_final = F.col("reason") == BYPASSED
    for rule in rules:
        for kind, most in sorted(rule.seen_with.items())[-1:]:
            is_last = F.col("reason") == _crowd_reason(kind, most)
            is_final = is_final | ((F.col("kind") == rule.name) & is_last)
    return identifiers.where((F.col("role") == GENERIC) & is_final)


def _role(crowd: Column, silence: Column, rules: tuple[IdentifierRule, ...]) -> Column:
    in_turn = [rule.name for rule in rules if rule.is_device and rule.shared_device == "session"]
    is_in_turn = crowd.isNull() | F.col("kind").isin(in_turn)
    is_own = crowd.isNull() & silence.isNull()
    return F.when(is_own, OWN).when(is_in_turn, SHARED).otherwise(GENERIC)


def _company(sightings: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """How many values of each limiting kind every identifier was seen with."""
    limiting = sorted({kind for rule in rules for kind in rule.seen_with})
    mine = sightings.select("event_key", "identifier_key")
    theirs = sightings.where(F.col("kind").isin(limiting)).select(
        "event_key", F.col("identifier_key").alias("other_key"), F.col("kind").alias("other_kind")
    )
    # Pairs first, then counts: a hub's pairs are spread over tasks before they meet.
    pairs = mine.join(theirs, on="event_key", how="inner").select(
        "identifier_key", "other_key", "other_kind"
    )
    pairs = pairs.groupBy("identifier_key", "other_kind", "other_key").agg(F.lit(1).alias("one"))
    counts = [F.count_if(F.col("other_kind") == kind).alias(f"{kind}_count") for kind in limiting]
    return pairs.groupBy("identifier_key").agg(F.count("*").alias("other_count"), *counts)


def _silences(sightings: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """identifier_key and is_silent: whether it was silent for longer than its rule says."""
    days = {rule.name: rule.recycle_days for rule in rules if rule.recycle_days}
    line = Window.partitionBy("identifier_key").orderBy("event_at")
    at = F.col("event_at").cast("double")
    longest = F.create_map(
        *[part for kind, most in days.items() for part in (F.lit(kind), F.lit(most * _DAY_SECONDS))]
    )
    seen = sightings.where(F.col("kind").isin(list(days))).select(
        "identifier_key", "kind", (at - F.lag(at).over(line)).alias("silence")
    )
    is_long = F.col("silence") > F.element_at(longest, F.col("kind"))
    return seen.groupBy("identifier_key").agg(F.max(is_long).alias("is_silent"))


def _crowd(rules: tuple[IdentifierRule, ...]) -> Column:
    """That it was seen with more people than one, null if not; of several kinds the last."""
    reason = F.lit(None).cast("string")
    for rule in rules:
        for kind, most in sorted(rule.seen_with.items()):
            is_over = (F.col("kind") == rule.name) & (F.col(f"{kind}_count") > most)
            reason = F.when(is_over, F.lit(_crowd_reason(kind, most))).otherwise(reason)
    return reason


def _crowd_reason(kind: str, most: int) -> str:
    return f"shared by more than {most} {kind}"


def _silence(rules: tuple[IdentifierRule, ...]) -> Column:
    """That it was silent for so long that it may have changed hands, null if not."""
    reason = F.lit(None).cast("string")
    for rule in rules:
        if rule.recycle_days:
            is_long = (F.col("kind") == rule.name) & F.col("is_silent")
            text = f"silent for more than {rule.recycle_days} days"
            reason = F.when(is_long, F.lit(text)).otherwise(reason)
    return reason
