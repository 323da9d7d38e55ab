"""Undoing a merge of customers: who held which identifier before it."""

from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.states import OWN

MERGED = "merged"


def active_merges(lineage: DataFrame, links: DataFrame, customer_id: str) -> DataFrame:
    """identity.lineage rows of merges of a customer that are still in effect, newest first.

    These are merges of its id into another; if there is none, merges of others into its own. A
    merge is no longer in effect where the merged id is back in the current `links`.
    """
    back = links.select(F.col("customer_id").alias("from_customer_id"))
    merges = lineage.where(F.col("change") == MERGED)
    merges = merges.join(back, on="from_customer_id", how="left_anti").select(*lineage.columns)
    into_other = merges.where(F.col("from_customer_id") == customer_id)
    into_own = merges.where(F.col("to_customer_id") == customer_id)
    found = into_own if into_other.isEmpty() else into_other
    return found.orderBy(F.desc("recorded_at"), "change_id")


def parted(links: DataFrame, identifiers: DataFrame, merge: tuple[str, str, datetime]) -> DataFrame:
    """identifier_key, kind, side and customer_id: who held what before a merge.

    `merge` has the merged id, the surviving id and the time; `links` are all links, current and
    closed. Side 0 is the merged customer, who gets the id back; side 1 is the survivor; its id is
    not fixed. Shared identifiers are left out, because their owner depends on time. So are
    identifiers that both had.
    """
    merged, survivor, at = merge
    # A run that was killed after it wrote lineage has written links at a later moment.
    is_later = F.col("recorded_to").isNull() | (F.col("recorded_to") >= F.lit(at))
    then = links.where((F.col("recorded_from") < F.lit(at)) & is_later)
    of_merged = then.where(F.col("customer_id") == merged)
    of_survivor = then.where(F.col("customer_id") == survivor)
    own = identifiers.where(F.col("role") == OWN).select("identifier_key")
    no_id = F.lit(None).cast("string")
    both = (
        _side(of_merged, 0)
        .withColumn("customer_id", F.lit(merged))
        .unionByName(_side(of_survivor, 1).withColumn("customer_id", no_id))
    )
    theirs = of_survivor.select("identifier_key").join(
        of_merged, on="identifier_key", how="left_semi"
    )
    alone = both.join(theirs, on="identifier_key", how="left_anti")
    return alone.join(own, on="identifier_key", how="left_semi")


def _side(links: DataFrame, side: int) -> DataFrame:
    held = links.select("identifier_key", "kind").distinct()
    return held.withColumn("side", F.lit(side).cast("long"))
