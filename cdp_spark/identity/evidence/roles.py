"""Roles of identifiers: own, shared or generic, learned from the data.

A device that several people use is shared: it belongs to them in turn. So does an identifier that
was silent for so long that it may have changed hands. Any other identifier seen with more people
than its rule allows is generic, as a switchboard's number is: it identifies no person, and stays in
the table with the reason and without weight.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.identity.states import GENERIC, OWN, SHARED
from cdp_spark.identity.stewardship.decisions import BYPASSED
from cdp_spark.semantics.identifiers import IdentifierRule
from cdp_spark.tables.identity import IDENTIFIER

PREVIOUS = "previous"  # alias of a sighting of a guessed kind
_GUESSED = "only alias calls name it, as the previous id"
_DAY_SECONDS = 86_400


def identifiers_with_roles(sightings: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """identity.identifier rows: each identifier seen, with its role.

    An identifier is not one person's own where events show it with more values of a kind than its
    rule allows, or where it was silent for longer than `recycle_after` between two events. An id
    that alias calls name as the previous one may be of a user or of a device: as that of a user it
    is generic until other events show it.
    """
    is_used = F.col("alias").isNull() | (F.col("alias") != PREVIOUS)
    totals = sightings.groupBy("identifier_key", "kind", "namespace").agg(
        F.min("event_at").alias("first_seen_at"),
        F.max("event_at").alias("last_seen_at"),
        F.count("*").alias("event_count"),
        F.max(is_used).alias("is_used"),
    )
    counted = totals.join(
        _seen_with_counts(sightings, rules), on="identifier_key", how="left_outer"
    )
    if any(rule.recycle_days for rule in rules):
        counted = counted.join(
            _long_silences(sightings, rules), on="identifier_key", how="left_outer"
        )
    else:
        counted = counted.withColumn("is_silent", F.lit(False))  # noqa: FBT003 - a literal column
    shared, silent = _shared_reason(rules), _silent_reason(rules)
    devices = [rule.name for rule in rules if rule.is_device]
    is_guess = ~F.col("is_used") & ~F.col("kind").isin(devices)
    with_roles = counted.select(
        *totals.columns,
        F.when(is_guess, _GUESSED).otherwise(F.coalesce(shared, silent)).alias("reason"),
        F.when(is_guess, GENERIC).otherwise(_role(shared, silent, rules)).alias("role"),
    )
    return with_roles.select(*IDENTIFIER.columns)


def with_bypassed(identifiers: DataFrame, bypassed: DataFrame) -> DataFrame:
    """The identifiers, with the role generic for each identifier_key of `bypassed`."""
    marked = bypassed.select("identifier_key", F.lit(1).alias("is_bypassed"))
    joined = identifiers.join(marked, on="identifier_key", how="left_outer")
    is_bypassed = F.col("is_bypassed").isNotNull()
    return joined.withColumns(
        {
            "role": F.when(is_bypassed, GENERIC).otherwise(F.col("role")),
            "reason": F.when(is_bypassed, BYPASSED).otherwise(F.col("reason")),
        }
    ).select(*IDENTIFIER.columns)


def final_hubs(identifiers: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """Identifiers that are generic for a reason that no further event changes.

    They include those that most events show. To recount these would make the cost of a small
    change proportional to the whole table.
    """
    is_final = F.col("reason") == BYPASSED
    for rule in rules:
        for kind, most in sorted(rule.seen_with.items())[-1:]:
            is_last = F.col("reason") == _limit_reason(kind, most)
            is_final = is_final | ((F.col("kind") == rule.name) & is_last)
    return identifiers.where((F.col("role") == GENERIC) & is_final)


def _role(shared: Column, silent: Column, rules: tuple[IdentifierRule, ...]) -> Column:
    in_turn = [rule.name for rule in rules if rule.is_device and rule.shared_device == "session"]
    is_in_turn = shared.isNull() | F.col("kind").isin(in_turn)
    is_own = shared.isNull() & silent.isNull()
    return F.when(is_own, OWN).when(is_in_turn, SHARED).otherwise(GENERIC)


def _seen_with_counts(sightings: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """identifier_key, and with how many values of each limiting kind it was seen.

    Ids with namespaces count within each; of several namespaces the largest count is kept. Alias
    calls do not count: they show two ids of one person.
    """
    limiting = sorted({kind for rule in rules for kind in rule.seen_with})
    mine = sightings.select("event_key", "identifier_key")
    is_limiting = F.col("kind").isin(limiting) & F.col("alias").isNull()
    theirs = sightings.where(is_limiting).select(
        "event_key",
        F.col("identifier_key").alias("other_key"),
        F.struct("kind", "namespace").alias("other"),
    )
    # Pairs first, then counts: a hub's pairs are spread over tasks before they meet.
    pairs = mine.join(theirs, on="event_key", how="inner").select(
        "identifier_key", "other_key", "other"
    )
    pairs = pairs.groupBy("identifier_key", "other", "other_key").agg(F.lit(1).alias("one"))
    within = pairs.groupBy("identifier_key", "other").agg(F.count("*").alias("count"))
    counts = [
        F.coalesce(F.max(F.when(F.col("other.kind") == kind, F.col("count"))), F.lit(0)).alias(
            f"{kind}_count"
        )
        for kind in limiting
    ]
    return within.groupBy("identifier_key").agg(F.sum("count").alias("other_count"), *counts)


def _long_silences(sightings: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """identifier_key and is_silent: whether it was silent for longer than its rule allows."""
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


def _shared_reason(rules: tuple[IdentifierRule, ...]) -> Column:
    """Reason of an identifier seen with too many people, else null; of several kinds the last."""
    reason = F.lit(None).cast("string")
    for rule in rules:
        for kind, most in sorted(rule.seen_with.items()):
            is_over = (F.col("kind") == rule.name) & (F.col(f"{kind}_count") > most)
            reason = F.when(is_over, F.lit(_limit_reason(kind, most))).otherwise(reason)
    return reason


def _limit_reason(kind: str, most: int) -> str:
    return f"shared by more than {most} {kind}"


def _silent_reason(rules: tuple[IdentifierRule, ...]) -> Column:
    """Reason of an identifier silent so long that it may have changed hands, else null."""
    reason = F.lit(None).cast("string")
    for rule in rules:
        if rule.recycle_days:
            is_long = (F.col("kind") == rule.name) & F.col("is_silent")
            text = f"silent for more than {rule.recycle_days} days"
            reason = F.when(is_long, F.lit(text)).otherwise(reason)
    return reason
