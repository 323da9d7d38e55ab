"""Whose an identifier is, since when in the world, and since when we know."""

from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables.identity import LINEAGE, LINK
from cdp_spark.values.token import hashed


def changed_links(
    assigned: DataFrame, identifiers: DataFrame, edges: DataFrame, known: DataFrame, now: datetime
) -> DataFrame:
    """identity.link rows to write: what is newly known, and what is corrected with its end.

    A row whose customer stays is left alone; only its confidence and first moment may follow the
    evidence. Nothing is deleted: a correction closes the old row and adds a new one.
    """
    wanted = assigned.join(
        identifiers.select("identifier_key", "kind", "first_seen_at"),
        on="identifier_key",
        how="inner",
    ).join(_confidences(edges), on="identifier_key", how="left_outer")
    wanted = wanted.select(
        "identifier_key",
        "kind",
        "customer_id",
        # An identifier seen with no other is whose it is.
        F.round(F.coalesce("confidence", F.lit(1.0)), 6).alias("confidence"),
        F.col("first_seen_at").alias("valid_from"),
        F.lit(None).cast("timestamp").alias("valid_to"),
    )
    same = ["identifier_key", "customer_id", "valid_from"]
    kept = known.select(*same, "recorded_from")
    told = wanted.join(kept, on=same, how="left_outer").select(
        *wanted.columns,
        F.coalesce("recorded_from", F.lit(now)).alias("recorded_from"),
        F.lit(None).cast("timestamp").alias("recorded_to"),
    )
    ended = known.join(wanted.select(*same), on=same, how="left_anti").withColumn(
        "recorded_to", F.lit(now)
    )
    return told.select(*LINK.columns).unionByName(ended.select(*LINK.columns))


def _confidences(edges: DataFrame) -> DataFrame:
    """Chance that an identifier is its group's: one minus the chance that all its evidence errs."""
    live = edges.where(F.col("state") == "live")
    ends = [live.select(F.col(side).alias("identifier_key"), "confidence")
            for side in ("left_key", "right_key")]  # fmt: skip
    # Products through logarithms, rounded: the order of a sum must not change a row.
    doubt = F.round(F.sum(F.log(F.lit(1.0) - F.col("confidence"))), 9)
    return (
        ends[0]
        .unionByName(ends[1])
        .groupBy("identifier_key")
        .agg((F.lit(1.0) - F.exp(doubt)).alias("confidence"))
    )


def lineage_of(links: DataFrame, known: DataFrame, now: datetime, run_id: str) -> DataFrame:
    """identity.lineage rows of a run: ids minted, merged into others, split from others, retired.

    `links` are the rows to be written, `known` the current ones before.
    """
    before = known.select("identifier_key", F.col("customer_id").alias("from_customer_id"))
    after = links.where(F.col("recorded_to").isNull()).select(
        "identifier_key", F.col("customer_id").alias("to_customer_id")
    )
    moves = before.join(after, on="identifier_key", how="full_outer")
    flows = moves.groupBy("from_customer_id", "to_customer_id").agg(
        F.count("*").alias("identifier_count")
    )
    old, new = F.col("from_customer_id"), F.col("to_customer_id")
    ids_before = known.select(F.col("customer_id").alias("to_customer_id")).distinct()
    ids_after = after.select(F.col("to_customer_id").alias("from_customer_id")).distinct()
    told = (
        flows.join(ids_before.withColumn("was", F.lit(1)), on="to_customer_id", how="left_outer")
        .join(ids_after.withColumn("stays", F.lit(1)), on="from_customer_id", how="left_outer")
        .where(~old.eqNullSafe(new))
    )
    was, stays = F.col("was").isNotNull(), F.col("stays").isNotNull()
    change = (
        F.when(old.isNull() & ~was, "minted")
        .when(new.isNull() & ~stays, "retired")
        .when(old.isNotNull() & new.isNotNull() & ~stays, "merged")
        .when(old.isNotNull() & new.isNotNull() & ~was, "split")
        .when(old.isNotNull() & new.isNotNull(), "moved")
    )
    changes = told.withColumn("change", change).where(F.col("change").isNotNull())
    identity = [F.coalesce(name, F.lit("")) for name in ("from_customer_id", "to_customer_id")]
    return changes.select(
        hashed(F.col("change"), *identity, F.col("identifier_count").cast("string")).alias(
            "change_id"
        ),
        "change",
        "from_customer_id",
        "to_customer_id",
        "identifier_count",
        F.lit(now).alias("recorded_at"),
        F.lit(run_id).alias("run_id"),
    ).select(*LINEAGE.columns)
