"""Identifiers that name more than one person are learned from the data.

A device that several people use is shared: it names them in turn. Any other identifier seen with
more people than it can have is generic, as a switchboard's number is, and names nobody.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables.identity import IDENTIFIER
from cdp_spark.terms.identifiers import IdentifierRule

OWN, SHARED, GENERIC = "own", "shared", "generic"


def judged_identifiers(sightings: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """identity.identifier rows: each identifier seen, and its role.

    Not a person's own is one that events show with more values of a kind than its rule's limit.
    """
    totals = sightings.groupBy("identifier_key", "kind").agg(
        F.min("event_at").alias("first_seen_at"),
        F.max("event_at").alias("last_seen_at"),
        F.count("*").alias("event_count"),
    )
    company = _company(sightings, rules)
    reason = _reason(rules)
    judged = totals.join(company, on="identifier_key", how="left_outer").select(
        *totals.columns, reason.alias("reason"), _role(reason, rules).alias("role")
    )
    return judged.select(*IDENTIFIER.columns)


def _role(reason: Column, rules: tuple[IdentifierRule, ...]) -> Column:
    is_device = F.col("kind").isin([rule.name for rule in rules if rule.is_device])
    return F.when(reason.isNull(), OWN).when(is_device, SHARED).otherwise(GENERIC)


def _company(sightings: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """How many values of each limiting kind every identifier was seen with."""
    limiting = sorted({kind for rule in rules for kind in rule.limit})
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


def _reason(rules: tuple[IdentifierRule, ...]) -> Column:
    reason = F.lit(None).cast("string")
    for rule in rules:
        for kind, most in sorted(rule.limit.items()):
            is_over = (F.col("kind") == rule.name) & (F.col(f"{kind}_count") > most)
            reason = F.when(is_over, F.lit(f"shared by more than {most} {kind}")).otherwise(reason)
    return reason
