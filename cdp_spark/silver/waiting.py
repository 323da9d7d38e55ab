"""Rejected records that still wait: neither replayed, nor dismissed, nor in a file sent again."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.tables.silver import DISMISSAL

MAX_FILES, MAX_GROUPS, MAX_DISMISSALS = 200, 100, 10_000
EXAMPLE_BYTES = 160


def waiting_records(
    rejected: DataFrame, dismissals: DataFrame, files: DataFrame, records: DataFrame
) -> DataFrame:
    """Rows of silver.rejected that wait, each with the `file` and `file_id` it came in.

    A file that was delivered again under its name replaces what was rejected of the earlier one.
    """
    waiting = not_dismissed(rejected.where(~F.col("is_replayed")), dismissals)
    # Batches first: they let Delta skip files of bronze.record.
    batches = waiting.select("source", "batch").distinct()
    came = records.join(F.broadcast(batches), on=["source", "batch"], how="left_semi")
    named = came.select("record_id", "file", "file_id")
    found = waiting.join(named, on="record_id", how="left_outer")
    of_file = Window.partitionBy("source", "file").orderBy(F.desc("batch"), F.desc("taken_at"))
    accepted = files.where(~F.col("is_rejected")).withColumn("rank", F.row_number().over(of_file))
    replaced = accepted.where("rank > 1").select("file_id")
    return found.join(F.broadcast(replaced), on="file_id", how="left_anti")


def not_dismissed(rejected: DataFrame, dismissals: DataFrame) -> DataFrame:
    """The rows of `rejected`, which have source, reason and batch, that no dismissal covers."""
    until = dismissals.groupBy("source", "reason").agg(F.max("batch").alias("until"))
    both = rejected.join(F.broadcast(until), on=["source", "reason"], how="left_outer")
    is_open = F.col("until").isNull() | (F.col("batch") > F.col("until"))
    return both.where(is_open).select(*rejected.columns)


def outcomes_by_file(
    waiting: DataFrame, records: DataFrame, rejected: DataFrame, duplicates: DataFrame
) -> DataFrame:
    """One row per file with waiting records: source, file, batch and the outcomes of its records.

    `record_count`, `accepted_count`, `rejected_count`, `duplicate_count`, and of the rejected ones
    `waiting_count`; the most rejected first, at most MAX_FILES rows.
    """
    files = waiting.groupBy("file_id").agg(F.count("*").alias("waiting_count"))
    came = records.join(F.broadcast(files), on="file_id", how="inner")
    slim = came.select("source", "file", "file_id", "batch", "record_id", "waiting_count")
    outcomes = rejected.where(~F.col("is_replayed")).select("record_id", F.lit("r").alias("is"))
    outcomes = outcomes.union(duplicates.select("record_id", F.lit("d").alias("is")))
    both = slim.join(outcomes, on="record_id", how="left_outer")
    counts = both.groupBy("source", "file", "file_id", "batch", "waiting_count").agg(
        F.count("*").alias("record_count"),
        F.count_if(F.col("is").isNull()).alias("accepted_count"),
        F.count_if(F.col("is") == "r").alias("rejected_count"),
        F.count_if(F.col("is") == "d").alias("duplicate_count"),
    )
    return counts.orderBy(F.desc("rejected_count"), "source", "file").limit(MAX_FILES)


def waiting_groups(waiting: DataFrame) -> DataFrame:
    """One row per source, reason and detail, the most frequent first, at most MAX_GROUPS.

    `record_count`, and `example`: the first bytes of its smallest record.
    """
    start = F.substring("raw", 1, EXAMPLE_BYTES)
    groups = waiting.groupBy("source", "reason", "detail").agg(
        F.count("*").alias("record_count"), F.min(start).alias("example")
    )
    most = groups.orderBy(F.desc("record_count"), "source", "reason", "detail")
    return most.limit(MAX_GROUPS)


def dismissals_of(rejected: DataFrame, by: str, source: str = "", reason: str = "") -> DataFrame:
    """silver.dismissal rows, without time, that cover all rows of a source and reason, or of any.

    `rejected` has source, reason and batch. At most MAX_DISMISSALS rows.
    """
    wanted = rejected
    for name, value in (("source", source), ("reason", reason)):
        wanted = wanted.where(F.col(name) == value) if value else wanted
    last = wanted.groupBy("source", "reason").agg(F.max("batch").alias("batch"))
    rows = last.withColumn("dismissed_by", F.lit(by)).limit(MAX_DISMISSALS)
    return rows.select(*[name for name in DISMISSAL.columns if name != "dismissed_at"])
