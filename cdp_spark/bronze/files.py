"""Which files a batch takes."""

from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables.bronze import FILE
from cdp_spark.values.token import hashed


@dataclass(frozen=True)
class FilesPlan:
    """The files of one batch: `rows` in the columns of bronze.file; how many, how many records."""

    rows: DataFrame
    file_count: int
    record_count: int


def files_of(files: DataFrame, source: str) -> DataFrame:
    """The rows of bronze.file of one source."""
    return files.where(F.col("source") == source)


def new_files(listed: DataFrame, known: DataFrame) -> DataFrame:
    """Listed files that were never taken in this form: same path, size and time of change.

    `known` are the source's rows of bronze.file. Files that could not be read, or were gone when
    their turn came, are tried again.
    """
    form = ["file", "size_bytes", "modified_at"]
    was_read = F.col("sha256").isNotNull()
    return listed.join(known.where(was_read).select(*form), on=form, how="left_anti")


def planned_files(
    checked: DataFrame, known: DataFrame, source: str, batch: int, taken_at: datetime
) -> DataFrame:
    """bronze.file rows of a batch: checked files whose content is not yet taken from that path."""
    identity = hashed(F.lit(source), F.col("file"), F.coalesce("sha256", F.lit("")))
    rows = checked.select(
        identity.alias("file_id"),
        F.lit(source).alias("source"),
        "file",
        "sha256",
        "size_bytes",
        "modified_at",
        "record_count",
        F.col("reason").isNotNull().alias("is_refused"),
        "reason",
        F.lit(batch).cast("long").alias("batch"),
        F.lit(taken_at).alias("taken_at"),
    )
    taken = known.where(F.col("sha256").isNotNull()).select("file_id")
    return rows.join(taken, on="file_id", how="left_anti").select(*FILE.columns)


def lost_files(begun: DataFrame, found: DataFrame) -> DataFrame:
    """bronze.file rows, refused now, of planned files that a second check finds gone or changed.

    `changed_file`: its new content is a new file. They are taken as any other if they come back.
    Ranges have no content of their own: they are lost where the check gives a reason.
    """
    now = found.select("file", F.col("sha256").alias("sha256_now"), F.col("reason").alias("why"))
    is_lost = ~F.col("sha256").eqNullSafe(F.col("sha256_now")) | F.col("why").isNotNull()
    return (
        begun.join(now, on="file", how="inner")
        .where(is_lost)
        .withColumns(
            {
                "sha256": F.lit(None).cast("string"),
                "record_count": F.lit(0).cast("long"),
                "is_refused": F.lit(True),  # noqa: FBT003 - a literal column
                "reason": F.coalesce("why", F.lit("changed_file")),
            }
        )
        .select(*FILE.columns)
    )


def counted_files(planned: DataFrame, records: DataFrame) -> DataFrame:
    """bronze.file rows of planned ranges, with how many records were really found in each."""
    found = records.groupBy("file_id").agg(F.count("*").alias("found"))
    return (
        planned.join(found, on="file_id", how="left")
        .withColumn("record_count", F.coalesce("found", F.lit(0)).cast("long"))
        .select(*FILE.columns)
    )


def last_batch(known: DataFrame) -> int:
    """Number of the newest batch planned for a source; 0 before the first."""
    newest = known.agg(F.max("batch")).first()
    return 0 if newest is None or newest[0] is None else int(newest[0])


def taken_in(known: DataFrame, batch: int) -> FilesPlan:
    """The files of a batch that were not refused, and how many records they hold."""
    rows = known.where((F.col("batch") == batch) & ~F.col("is_refused"))
    totals = rows.agg(F.count("*"), F.coalesce(F.sum("record_count"), F.lit(0))).first()
    count, records = (0, 0) if totals is None else (int(totals[0]), int(totals[1]))
    return FilesPlan(rows, count, records)
