"""received = accepted + refused + duplicate, in count and in fingerprint.

Each side is measured where it is read or written. Where rows were compared with stored ones, and
where the two sides differ, the tables themselves are asked.
"""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables import Table
from cdp_spark.tables.silver import DUPLICATE, EVENT, REFUSED
from cdp_spark.tables.writes import Written

OUTCOMES = (EVENT, REFUSED, DUPLICATE)

_WIDE = "decimal(38,0)"
_MOST_BATCHES = 400


def imbalance_of(received: DataFrame, written: Mapping[Table, Written]) -> str | None:
    """Why the writes of a run do not show that each record had one outcome; none where they do.

    `received` are the records of the run. Compared are the number of rows and the sum of the
    hashes of their bytes, in decimals because 64 bits overflow.
    """
    outcomes = [written[table] for table in OUTCOMES]
    if not all(one.is_append for one in outcomes):
        return "rows were compared with stored ones"
    hashes = F.coalesce(F.sum(F.col("raw_hash").cast(_WIDE)), F.lit(0).cast(_WIDE))
    found = received.agg(F.count("*").alias("rows"), hashes.alias("print")).collect()[0]
    ours = found["rows"], int(found["print"])
    theirs = sum(one.inserted for one in outcomes), sum(one.fingerprint for one in outcomes)
    return None if ours == theirs else f"{ours[0]} records received, {theirs[0]} accounted for"


def unbalanced(received: DataFrame, outcomes: list[DataFrame]) -> DataFrame:
    """Batches whose records did not each end in one outcome; none when the law holds.

    A refused record that was taken later counts there. `received` are the records of a run;
    `outcomes` the whole tables they are shared out to. Compared are the number of rows and the sum
    of the hashes of their bytes, in decimals because 64 bits overflow. One row per source and
    batch, with both numbers of either side.
    """
    accounted = reduce(DataFrame.unionByName, [_slim(rows) for rows in outcomes])
    # Their files tell their batches: those of others are not read.
    batches = received.select("batch").distinct().limit(_MOST_BATCHES + 1).collect()
    if len(batches) <= _MOST_BATCHES:
        accounted = accounted.where(F.col("batch").isin([row["batch"] for row in batches]))
    mine = accounted.join(received.select("record_id"), on="record_id", how="left_semi")
    both = _totals(received, "received").join(
        _totals(mine, "accounted"), on=["source", "batch"], how="full_outer"
    )
    same = [
        F.col(f"received_{what}").eqNullSafe(F.col(f"accounted_{what}"))
        for what in ("count", "print")
    ]
    return both.where(~(same[0] & same[1]))


def _slim(rows: DataFrame) -> DataFrame:
    counted = rows.where(~F.col("is_replayed")) if "is_replayed" in rows.columns else rows
    return counted.select("source", "batch", "record_id", "raw_hash")


def _totals(rows: DataFrame, side: str) -> DataFrame:
    return rows.groupBy("source", "batch").agg(
        F.count("*").alias(f"{side}_count"),
        F.sum(F.col("raw_hash").cast(_WIDE)).alias(f"{side}_print"),
    )
