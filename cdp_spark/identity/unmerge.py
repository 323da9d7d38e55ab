"""A merge of customers taken back: who held what before it."""

from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.blocks import OWN

MERGED = "merged"


def merges_of(lineage: DataFrame, links: DataFrame, customer_id: str) -> DataFrame:
    """Rows of identity.lineage that tell of merges of a customer that still hold, newest first.

    Those in which its id went into another one; if there is none, those in which others went into
    its own. A merge no longer holds where the id that went is somebody's in the current links.
    """
    back = links.select(F.col("customer_id").alias("from_customer_id"))
    merges = lineage.where(F.col("change") == MERGED)
    merges = merges.join(back, on="from_customer_id", how="left_anti").select(*lineage.columns)
    gone = merges.where(F.col("from_customer_id") == customer_id)
    into = merges.where(F.col("to_customer_id") == customer_id)
    found = into if gone.isEmpty() else gone
    return found.orderBy(F.desc("recorded_at"), "change_id")


def parted(links: DataFrame, identifiers: DataFrame, merge: tuple[str, str, datetime]) -> DataFrame:
    """identifier_key, kind, side and customer_id: who held what before a merge.

    `merge` has the id that went, the one that took it and when; `links` are all there ever were.
    Side 0 is who went, whose id comes back; side 1 who took it, whose id is as it will be. What
    people share is left out: whose it is is told by time. So is what both had.
    """
    gone, survivor, at = merge
    # A run that was killed after it wrote lineage has written links at a later moment.
    is_later = F.col("recorded_to").isNull() | (F.col("recorded_to") >= F.lit(at))
    then = links.where((F.col("recorded_from") < F.lit(at)) & is_later)
    went = then.where(F.col("customer_id") == gone)
    took = then.where(F.col("customer_id") == survivor)
    own = identifiers.where(F.col("role") == OWN).select("identifier_key")
    nobody = F.lit(None).cast("string")
    both = (
        _side(went, 0)
        .withColumn("customer_id", F.lit(gone))
        .unionByName(_side(took, 1).withColumn("customer_id", nobody))
    )
    theirs = took.select("identifier_key").join(went, on="identifier_key", how="left_semi")
    alone = both.join(theirs, on="identifier_key", how="left_anti")
    return alone.join(own, on="identifier_key", how="left_semi")


def _side(links: DataFrame, side: int) -> DataFrame:
    held = links.select("identifier_key", "kind").distinct()
    return held.withColumn("side", F.lit(side).cast("long"))
