"""Delta tables by path: made from their contract, read at a version."""

import re
from typing import Any

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession

from cdp_spark.lake.conflicts import told_as_moved
from cdp_spark.lake.faults import fault_point
from cdp_spark.lake.filesystem import folder_names, is_local, remove_folder
from cdp_spark.lake.leases import lease
from cdp_spark.tables import Table

_COMMIT = re.compile(r"(\d{20})\.json")
NEVER = -1


def path_of(root: str, table: Table) -> str:
    """Folder of a table: ROOT/layer/name."""
    return f"{root}/{table.name.replace('.', '/')}"


def exists(root: str, table: Table) -> bool:
    """Whether the table has been made."""
    return version_of(root, table) != NEVER


def version_of(root: str, table: Table) -> int:
    """Newest version of a table; NEVER where it has not been made.

    Read off the names in its log, which costs one listing and no Spark job.
    """
    names = folder_names(f"{path_of(root, table)}/_delta_log")
    return max(
        (int(found[1]) for name in names if (found := _COMMIT.fullmatch(name))), default=NEVER
    )


def last_number(spark: SparkSession, root: str, table: Table, writer: str) -> int | None:
    """The number of the last batch a writer appended to a table, as Delta's log keeps it."""
    if not exists(root, table):
        return None
    jvm: Any = spark._jvm  # noqa: SLF001 - Delta has no public door to its transactions
    session: Any = spark._jsparkSession  # noqa: SLF001
    log = jvm.org.apache.spark.sql.delta.DeltaLog
    newest = log.forTableWithSnapshot(session, path_of(root, table)).productElement(1)
    found = newest.transactions().get(writer)
    return int(found.get()) if found.isDefined() else None


def make(spark: SparkSession, root: str, table: Table, run_id: str) -> None:
    """Make a table from its contract; nothing happens where it is there.

    Of two runs that come first, one waits. What one left on this machine's disk that was killed
    before its first commit goes: to Delta a folder with a log is a table, even an empty log, and it
    makes no other.
    Direct personal columns get no statistics: Delta's log keeps minimum and maximum in clear.

    Raises:
        LeaseHeld: another run was making it for too long.
        TableMoved: another run made it at the same time.
    """
    if exists(root, table):
        return
    with lease(root, table.name, run_id):
        if not exists(root, table):
            if is_local(root):  # elsewhere no lease keeps another run's first commit safe from this
                remove_folder(f"{path_of(root, table)}/_delta_log")
            _made(spark, root, table)


def _made(spark: SparkSession, root: str, table: Table) -> None:
    builder = (
        DeltaTable.createIfNotExists(spark)
        .location(path_of(root, table))
        .addColumns(table.schema)
        .property("delta.enableChangeDataFeed", "true")
        .property("delta.dataSkippingStatsColumns", ",".join(table.statistics))
        .property("delta.enableDeletionVectors", str(table.has_vectors).lower())
    )
    if table.clustering:
        builder = builder.clusterBy(*table.clustering)
    fault_point(spark, "before-making", table.name)
    with told_as_moved(table.name):
        builder.execute()
    fault_point(spark, "after-making", table.name)


def rows_at(spark: SparkSession, root: str, table: Table, version: int) -> DataFrame:
    """All rows of a table as they were at a version; none before the first."""
    if version == NEVER:
        return spark.createDataFrame([], table.schema)
    reader = spark.read.format("delta").option("versionAsOf", version)
    return reader.load(path_of(root, table)).select(*table.columns)


def feed(spark: SparkSession, root: str, table: Table, first: int, last: int) -> DataFrame:
    """Rows of the change feed from version `first` to `last`, both included."""
    reader = (
        spark.read.format("delta")
        .option("readChangeFeed", "true")
        .option("startingVersion", first)
        .option("endingVersion", last)
    )
    return reader.load(path_of(root, table))
