"""The flow of records: seconds per step, and whether every record is accounted for."""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

MAX_STEPS = 100
MAX_SOURCES = 100
MAX_REASONS = 100
MAX_NAMES = 3

_ADDRESS = r"[^/\s@]+@[^/\s@]+"


def seconds_per_step(runs: DataFrame) -> DataFrame:
    """One row per job, from its latest run, in the order they started: `job`, `seconds`.

    At most MAX_STEPS rows.
    """
    latest = F.max_by(F.struct("started_at", "seconds"), F.struct("started_at", "run_id"))
    return (
        runs.groupBy("job")
        .agg(latest.alias("run"))
        .orderBy("run.started_at", "job")
        .limit(MAX_STEPS)
        .select("job", F.col("run.seconds").alias("seconds"))
    )


def conservation(
    records: DataFrame, events: DataFrame, rejected: DataFrame, duplicates: DataFrame
) -> DataFrame:
    """One row per source: `received`, `accepted`, `rejected`, `duplicate` and `is_balanced`.

    Each count is taken from the rows of its own table. A rejected record that a later replay
    accepted counts as accepted only. At most MAX_SOURCES rows.
    """
    counted = {
        "received": records,
        "accepted": events,
        "rejected": rejected.where(F.col("replayed_in").isNull()),
        "duplicate": duplicates,
    }
    by_source = [
        rows.groupBy("source").agg(F.count(F.lit(1)).alias(name)) for name, rows in counted.items()
    ]
    both = reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), by_source)
    is_balanced = F.col("received") == F.col("accepted") + F.col("rejected") + F.col("duplicate")
    return (
        both.groupBy("source")
        .agg(*[_total(name) for name in counted])
        .orderBy("source")
        .limit(MAX_SOURCES)
        .select("source", *counted, is_balanced.alias("is_balanced"))
    )


def rejected_by_reason(rejected: DataFrame, files: DataFrame) -> DataFrame:
    """One row per source and reason: `record_count`, and `file_count` of files rejected whole.

    `files` are a few names of these. A file that was delivered again under its name, and accepted,
    is not counted. The most first; at most MAX_REASONS rows.
    """
    waiting = rejected.where(F.col("replayed_in").isNull())
    last = F.max_by(F.struct("is_rejected", "reason"), F.struct("batch", "taken_at"))
    latest = files.groupBy("source", "file").agg(last.alias("last"))
    name = F.regexp_replace("file", _ADDRESS, "x@x").alias("file")
    whole = latest.where("last.is_rejected").select("source", "last.reason", name)
    both = waiting.select("source", "reason", F.lit(None).alias("file")).unionByName(whole)
    return (
        both.groupBy("source", "reason")
        .agg(
            F.count_if(F.col("file").isNull()).alias("record_count"),
            F.count("file").alias("file_count"),
            F.slice(F.sort_array(F.collect_set("file")), 1, MAX_NAMES).alias("files"),
        )
        .orderBy(F.desc("record_count"), F.desc("file_count"), "source", "reason")
        .limit(MAX_REASONS)
    )


def _total(name: str) -> Column:
    return F.coalesce(F.sum(name), F.lit(0)).alias(name)
