"""The flow of records: seconds per step, and whether every record is accounted for."""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

MAX_STEPS = 100
MAX_SOURCES = 100
MAX_REASONS = 100


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


def rejected_by_reason(rejected: DataFrame) -> DataFrame:
    """One row per source and reason: `record_count`, the most first. At most MAX_REASONS rows."""
    return (
        rejected.where(F.col("replayed_in").isNull())
        .groupBy("source", "reason")
        .agg(F.count(F.lit(1)).alias("record_count"))
        .orderBy(F.desc("record_count"), "source", "reason")
        .limit(MAX_REASONS)
    )


def _total(name: str) -> Column:
    return F.coalesce(F.sum(name), F.lit(0)).alias(name)
