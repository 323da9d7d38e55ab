"""Delta tables by path: created from their contract, read at a version.

A small table is read as one partition from the list of its files: joins, windows and aggregations
of one partition need no exchange, so a step over small tables is one Spark job. A larger table is
read by Delta, which skips files by their statistics and distributes the rest.
"""

import re
from typing import Any

from delta.tables import DeltaTable
from deltalake import DeltaTable as DriverTable
from deltalake import Schema
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from cdp_spark.files.folders import files_in, folder_names, remove_folder
from cdp_spark.files.locations import is_local, opened
from cdp_spark.lake.conflicts import conflict_errors
from cdp_spark.lake.leases import lease
from cdp_spark.lake.snapshot import Snapshot, feed_size, opened_table, snapshot_at
from cdp_spark.semantics.sizes import small_bytes
from cdp_spark.tables import Table

_COMMIT = re.compile(r"(\d{20})\.json")
NEVER = -1
_MOST_SMALL_FILES = 500
# Smaller than for whole tables: parsing or resolving new rows takes longer than reading them.
SMALL_FEED_BYTES = 1 << 20


def path_of(root: str, table: Table) -> str:
    """Folder of a table: ROOT/layer/name."""
    return f"{root}/{table.name.replace('.', '/')}"


def exists(root: str, table: Table) -> bool:
    """Whether the table exists."""
    return version_of(root, table) != NEVER


def version_of(root: str, table: Table) -> int:
    """Newest version of a table; NEVER if it does not exist.

    Read from the file names in its log, which costs one listing and no Spark job.
    """
    names = folder_names(f"{path_of(root, table)}/_delta_log")
    return max(
        (int(found[1]) for name in names if (found := _COMMIT.fullmatch(name))), default=NEVER
    )


def commit_times(path: str) -> dict[int, float]:
    """Version → commit time, for the commits that are still in a table's log."""
    return {
        int(found[1]): file.modified_at.timestamp()
        for file in files_in(f"{path}/_delta_log")
        if file.modified_at and (found := _COMMIT.fullmatch(file.name))
    }


def last_number(spark: SparkSession, root: str, table: Table, writer: str) -> int | None:
    """The number of the last batch that a writer appended, from the Delta log."""
    if not exists(root, table):
        return None
    if (on_driver := opened_table(path_of(root, table))) is not None:
        return on_driver.transaction_version(writer)
    _, newest = spark_log(spark, path_of(root, table))
    found = newest.transactions().get(writer)
    return int(found.get()) if found.isDefined() else None


def spark_log(spark: SparkSession, path: str) -> tuple[Any, Any]:
    """The log of a table and its newest snapshot, as objects of Delta on the JVM."""
    jvm: Any = spark._jvm  # noqa: SLF001 - Delta has no public API for its log
    session: Any = spark._jsparkSession  # noqa: SLF001
    pair = jvm.org.apache.spark.sql.delta.DeltaLog.forTableWithSnapshot(session, path)
    return pair.productElement(0), pair.productElement(1)


def make(spark: SparkSession, root: str, table: Table, run_id: str) -> None:
    """Create a table from its contract, unless it exists.

    If two runs create it at once, one waits. On a local disk, the log of a run that was killed
    before its first commit is removed, because Delta takes even an empty log for a table.
    Direct personal columns have no statistics, because the log has minimum and maximum in plain
    text.

    Raises:
        LeaseHeld: another run took too long to create it.
        TableMoved: another run created it at the same time.
    """
    if exists(root, table):
        return
    with lease(root, table.name, run_id):
        if not exists(root, table):
            if is_local(root):  # elsewhere no lease protects another run's first commit
                remove_folder(f"{path_of(root, table)}/_delta_log")
            create(spark, root, table)


def create(spark: SparkSession, root: str, table: Table) -> None:
    """Make the first commit of a table. Clustering is added as it grows: see `maintain_tables`.

    Raises:
        TableMoved: another run created it at the same time.
    """
    properties = {
        "delta.enableChangeDataFeed": "true",
        "delta.dataSkippingStatsColumns": ",".join(table.statistics),
        "delta.enableDeletionVectors": "false",
    }
    path = path_of(root, table)
    if is_local(root) and is_driver_written(table):
        schema = Schema.from_json(table.schema.json())
        DriverTable.create(opened(path)[1], schema, configuration=dict(properties), mode="ignore")
        return
    builder = DeltaTable.createIfNotExists(spark).location(path).addColumns(table.schema)
    for name, value in properties.items():
        builder = builder.property(name, value)
    with conflict_errors(table.name):
        builder.execute()


def is_driver_written(table: Table) -> bool:
    """Whether delta-rs can write rows of the table; it does not support VARIANT."""
    return not any(isinstance(one.type, T.VariantType) for one in table.fields)


def rows_at(
    spark: SparkSession, root: str, table: Table, version: int, most_bytes: int | None = None
) -> DataFrame:
    """All rows of a table at a version; empty before the first.

    Up to `most_bytes` they are one partition; None: up to the session's limit for small tables.
    """
    if version == NEVER:
        return no_rows(spark, table.schema)
    path = path_of(root, table)
    found = snapshot_at(path, version)
    limit = small_bytes(spark) if most_bytes is None else min(most_bytes, small_bytes(spark))
    if found is not None and is_small(found, limit):
        return rows_of_files(spark, found.files, table.schema)
    return rows_by_delta(spark, root, table, version)


def is_small(found: Snapshot, most_bytes: int) -> bool:
    """Whether a version is read from its files as one partition."""
    is_few = found.size_bytes <= most_bytes and len(found.files) <= _MOST_SMALL_FILES
    return found.is_plain and is_few


def rows_by_delta(spark: SparkSession, root: str, table: Table, version: int) -> DataFrame:
    """The rows of a version, read by Delta."""
    reader = spark.read.format("delta").option("versionAsOf", version)
    return reader.load(path_of(root, table)).select(*table.columns)


def rows_of_files(
    spark: SparkSession, files: tuple[str, ...] | list[str], schema: T.StructType
) -> DataFrame:
    """The rows of a few small Parquet files, as one partition."""
    if not files:
        return no_rows(spark, schema)
    # The names are literal, not glob patterns.
    reader = spark.read.schema(schema).option("__globPaths__", "false")
    return reader.parquet(*files).coalesce(1)


def no_rows(spark: SparkSession, schema: T.StructType) -> DataFrame:
    """A frame that Spark knows to be empty, so joins with it cost nothing."""
    nothing = [F.lit(None).cast(one.dataType).alias(one.name) for one in schema]
    return spark.range(1).where(F.lit(False)).select(*nothing)  # noqa: FBT003 - a literal column


def feed(spark: SparkSession, root: str, table: Table, first: int, last: int) -> DataFrame:
    """Rows of the change feed from version `first` to `last`, both included."""
    reader = (
        spark.read.format("delta")
        .option("readChangeFeed", "true")
        .option("startingVersion", first)
        .option("endingVersion", last)
    )
    rows = reader.load(path_of(root, table))
    size = feed_size(path_of(root, table), first, last)
    most_bytes = min(SMALL_FEED_BYTES, small_bytes(spark))
    return rows.coalesce(1) if size is not None and size.size_bytes <= most_bytes else rows
