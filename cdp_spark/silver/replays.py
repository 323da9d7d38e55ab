"""Refused records that are asked to be taken again, after a fix."""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

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
    freed = stored.join(accepted, on="record_id", how="left_semi")
    return freed.withColumns(
        {"is_replayed": F.lit(True), "replayed_in": F.lit(run_id)}  # noqa: FBT003
    ).select(*REFUSED.columns)
