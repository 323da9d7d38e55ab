"""Stored records that are asked to be taken again: refused ones after a fix, others by their day.

Decided: what was accepted stays accepted. A stricter contract is for what comes; erasure is what
takes back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.silver.outcomes import Outcomes
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.silver import REFUSED, REPLAY

# Bytes of neither are kept: who was erased asked for it, and dropped is dropped.
_GONE = ("suppressed",)


def replays_of(
    refused: DataFrame, asked_in: str, sources: Sequence[str] = (), reasons: Sequence[str] = ()
) -> DataFrame:
    """silver.replay rows: refused records of some sources and reasons, or all, to be taken again.

    Not those that were taken already, nor those whose bytes were not kept.
    """
    wanted = refused.where(
        ~F.col("is_replayed") & F.col("raw").isNotNull() & ~F.col("reason").isin(*_GONE)
    )
    for name, values in (("source", sources), ("reason", reasons)):
        wanted = wanted.where(F.col(name).isin(*values)) if values else wanted
    return wanted.withColumn("asked_in", F.lit(asked_in)).select(*REPLAY.columns)


def backfills_of(
    records: DataFrame, asked_in: str, sources: Sequence[str], begin: datetime, end: datetime
) -> DataFrame:
    """silver.replay rows: bronze records of some sources that landed in [begin, end)."""
    is_mine = F.col("source").isin(*sources)
    landed = (F.col("landed_at") >= F.lit(begin)) & (F.col("landed_at") < F.lit(end))
    told = {"reason": F.lit("backfill"), "asked_in": F.lit(asked_in)}
    return records.where(is_mine & landed).withColumns(told).select(*REPLAY.columns)


@dataclass(frozen=True)
class Redone:
    """What records taken again change: rows, and the scopes in which nothing else may stay.

    `keys` are those of events, `records` those of duplicates.
    """

    refused: DataFrame
    keys: DataFrame
    records: DataFrame


def redone(parsed: DataFrame, found: Outcomes, stored: Outcomes, run_id: str) -> Redone:
    """Where the outcomes of records taken again go; `stored` are the whole tables.

    A record that was accepted once is not refused any more. One that is an event of another key now
    leaves its old key; one that was a duplicate and wins now is a duplicate no more.
    """
    again = parsed.where(F.col("is_again")).select("record_id")
    accounted = stored.events.select("record_id").union(stored.duplicates.select("record_id"))
    kept = accounted.join(again, on="record_id", how="left_semi")
    refused = found.refused.join(kept, on="record_id", how="left_anti").select(*REFUSED.columns)
    freed = taken(parsed, stored.refused, refused, run_id)
    events = found.events.select("record_id", "event_key")
    left = stored.events.join(again, on="record_id", how="left_semi").join(
        events.select("record_id"), on="record_id", how="left_semi"
    )
    mine = events.join(again, on="record_id", how="left_semi").select("record_id")
    return Redone(
        refused.unionByName(freed),
        reduce(DataFrame.union, [one.select("event_key") for one in (events, left)]),
        reduce(DataFrame.union, [found.duplicates.select("record_id"), mine]),
    )


def with_replays(arrived: DataFrame, stored: DataFrame, asked: DataFrame) -> DataFrame:
    """Records that arrived, as `arrivals` gives them, and stored ones that are asked for again."""
    names = asked.select("record_id").distinct()
    again = stored.join(names, on="record_id", how="left_semi")
    others = again.join(arrived.select("record_id"), on="record_id", how="left_anti")
    return arrived.unionByName(
        others.select(*RECORD.columns, F.lit(True).alias("is_again"))  # noqa: FBT003
    )


def arrivals(arrived: DataFrame) -> DataFrame:
    """Records that arrived, none of them for the second time."""
    return arrived.select(*RECORD.columns, F.lit(False).alias("is_again"))  # noqa: FBT003


def taken(parsed: DataFrame, stored: DataFrame, refused: DataFrame, run_id: str) -> DataFrame:
    """silver.refused rows that are no longer refused: records taken again that are events now.

    `refused` are the rows refused in this run, `stored` those of earlier ones.
    """
    again = parsed.where(F.col("is_again")).select("record_id")
    accepted = again.join(refused.select("record_id"), on="record_id", how="left_anti")
    waiting = stored.where(~F.col("is_replayed"))
    freed = waiting.join(accepted, on="record_id", how="left_semi")
    return freed.withColumns(
        {"is_replayed": F.lit(True), "replayed_in": F.lit(run_id)}  # noqa: FBT003
    ).select(*REFUSED.columns)
