"""Checks received = accepted + rejected + duplicate, in count and in fingerprint.

Each side is measured while it is read or written. If rows were merged with stored ones, or the two
sides differ, the stored tables are compared instead.
"""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables import Table
from cdp_spark.tables.silver import DUPLICATE, EVENT, REJECTED
from cdp_spark.tables.writes import Written

OUTCOMES = (EVENT, REJECTED, DUPLICATE)

_WIDE = "decimal(38,0)"
_MOST_BATCHES = 400


def imbalance_reason(received: DataFrame, written: Mapping[Table, Written]) -> str | None:
    """Why the writes do not prove that each record had one outcome; None if they do.

    `received` are the records of the run. The number of rows and the sum of the hashes of their
    bytes are compared, in decimals because 64 bits overflow.
    """
    outcomes = [written[table] for table in OUTCOMES]
    if not all(one.is_append for one in outcomes):
        return "rows were compared with stored ones"
    hashes = F.coalesce(F.sum(F.col("raw_hash").cast(_WIDE)), F.lit(0).cast(_WIDE))
    found = received.agg(F.count("*").alias("rows"), hashes.alias("print")).collect()[0]
    expected = found["rows"], int(found["print"])
    stored = sum(one.inserted for one in outcomes), sum(one.fingerprint for one in outcomes)
    return None if expected == stored else f"{expected[0]} records received, {stored[0]} stored"


def unbalanced(received: DataFrame, outcomes: list[DataFrame]) -> DataFrame:
    """Batches with a record that did not end in exactly one outcome; no rows if all did.

    A rejected record that a replay accepted counts as accepted. `received` are the records of a
    run, `outcomes` the whole tables they are routed to. The number of rows and the sum of the
    hashes of their bytes are compared, in decimals because 64 bits overflow. One row per source
    and batch, with the count and the sum of each side.
    """
    accounted = reduce(DataFrame.unionByName, [_slim(rows) for rows in outcomes])
    # Lets Delta skip files of other batches.
    batches = received.select("batch").distinct().limit(_MOST_BATCHES + 1).collect()
    if len(batches) <= _MOST_BATCHES:
        accounted = accounted.where(F.col("batch").isin([row["batch"] for row in batches]))
    matched = accounted.join(received.select("record_id"), on="record_id", how="left_semi")
    both = _totals(received, "received").join(
        _totals(matched, "accounted"), on=["source", "batch"], how="full_outer"
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
