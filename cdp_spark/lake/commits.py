"""Commits to one table: by delta-rs on the driver if rows and table are small, else by Spark.

Both produce the same table and change feed, and both commit only if the table still has the version
the rows were computed from. A commit by Spark costs 4 to 12 Spark jobs, one on the driver none.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce

import pyarrow as pa
from delta.tables import DeltaTable
from deltalake import CommitProperties, Transaction, WriterProperties, write_deltalake
from deltalake import DeltaTable as DriverTable
from deltalake.exceptions import CommitFailedError, DeltaError
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake.conflicts import conflict_errors
from cdp_spark.lake.errors import ContractBroken, LakeError, TableMoved
from cdp_spark.lake.snapshot import opened_table
from cdp_spark.lake.staging import Staged
from cdp_spark.lake.storage import is_driver_written, path_of
from cdp_spark.lake.writes import DELETE, INSERT, OPERATION, UPDATE
from cdp_spark.tables import Table

WRITER = "publish"  # application id of appends in a table's log
# A merge on the driver rewrites files of the table in this process.
_MOST_MERGED_BYTES = 256 << 20
_WRITER_FEATURES = frozenset({"appendOnly", "invariants", "changeDataFeed"})
_OLD_WRITER = 4  # this protocol version includes these features
_NULL = re.compile(r"\[DELTA_NOT_NULL_CONSTRAINT_VIOLATED\].*column: ([\w.]+?)\.?\s")
_ZSTD = WriterProperties(compression="ZSTD")


def commit(spark: SparkSession, root: str, change: Staged, base: int) -> None:
    """Write the staged rows in one commit: an append if all are new, else a merge.

    `base` is the version they were compared with. Delta commits only one of two appends to the same
    version, so a paused process that lost its lease can't add its rows again.

    Raises:
        TableMoved: a process without the lease committed to the table meanwhile.
    """
    if change.arrow is not None:
        table = driver_table(root, change.table, base)
        if table is not None:
            _commit_on_driver(table, change, base)
            return
    with conflict_errors(change.table.name):
        _commit_by_spark(spark, root, change, base)


def append(
    root: str, table: Table, rows: pa.Table, transaction: tuple[str, int], base: int
) -> bool:
    """Append rows to a version on the driver, with a transaction number; false if Spark must.

    Raises:
        TableMoved: the table has a newer version.
    """
    target = driver_table(root, table, base)
    if target is None:
        return False
    with driver_errors(table):
        write_deltalake(
            target,
            rows,
            mode="append",
            writer_properties=_ZSTD,
            commit_properties=_properties(*transaction),
        )
    return True


def append_by_spark(root: str, table: Table, rows: DataFrame, transaction: tuple[str, int]) -> None:
    """Append rows with a transaction number; does nothing if the table has that number.

    Raises:
        TableMoved: a process without the lease committed to the table meanwhile.
    """
    writer, number = transaction
    appending = rows.write.format("delta").mode("append")
    numbered = appending.option("txnAppId", writer).option("txnVersion", number)
    with conflict_errors(table.name), _without_nulls(table):
        numbered.save(path_of(root, table))


def driver_table(root: str, table: Table, version: int) -> DriverTable | None:
    """The table, opened for a write on the driver; None if it needs Spark."""
    if not is_driver_written(table):
        return None
    found = opened_table(path_of(root, table), version)
    if found is None:
        return None
    protocol = found.protocol()
    features = frozenset(protocol.writer_features or ())
    is_known = protocol.min_writer_version <= _OLD_WRITER or features <= _WRITER_FEATURES
    sizes = pa.table(found.get_add_actions(flatten=True))["size_bytes"].to_pylist()
    return found if is_known and sum(sizes) <= _MOST_MERGED_BYTES else None


@contextmanager
def driver_errors(table: Table) -> Iterator[None]:
    """Run a block that commits on the driver; hides delta-rs errors, which contain values.

    Raises:
        TableMoved: another process committed to the table meanwhile.
        LakeError: delta-rs could not write.
    """
    try:
        yield
    except CommitFailedError:
        raise TableMoved(
            f"{table.name}: another process changed the table meanwhile; run again"
        ) from None
    except DeltaError as error:
        raise LakeError(
            f"{table.name}: delta-rs could not write: {type(error).__name__}; run again"
        ) from None


@contextmanager
def _without_nulls(table: Table) -> Iterator[None]:
    """Run a write that Delta rejects if a required column is null.

    Raises:
        ContractBroken: a required column is null; nothing was written.
    """
    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        found = _NULL.search(str(error))
        if not found:
            raise
        raise ContractBroken(
            f"{table.name}: {found[1]} is required, but null in at least 1 row; nothing was written"
        ) from None


def _properties(writer: str, number: int) -> CommitProperties:
    # Without retries, the commit either becomes the next version or fails.
    numbered = [Transaction(writer, number)]
    return CommitProperties(app_transactions=numbered, max_commit_retries=0)


def _commit_on_driver(target: DriverTable, change: Staged, base: int) -> None:
    rows, columns = change.arrow, list(change.table.columns)
    if rows is None:
        raise TypeError(f"{change.table.name}: expected rows on the driver, found none")
    properties = _properties(WRITER, base + 1)
    with driver_errors(change.table):
        if set(change.counts) == {INSERT}:
            new = rows.select(columns)
            write_deltalake(
                target, new, mode="append", writer_properties=_ZSTD, commit_properties=properties
            )
            return
        keys = " AND ".join(f"t.`{name}` = s.`{name}`" for name in change.table.key)
        values = {name: f"s.`{name}`" for name in columns}
        (
            target.merge(
                rows,
                keys,
                source_alias="s",
                target_alias="t",
                writer_properties=_ZSTD,
                commit_properties=properties,
            )
            .when_matched_delete(f"s.`{OPERATION}` = '{DELETE}'")
            .when_matched_update(values, f"s.`{OPERATION}` = '{UPDATE}'")
            .when_not_matched_insert(values, f"s.`{OPERATION}` = '{INSERT}'")
            .execute()
        )


def _commit_by_spark(spark: SparkSession, root: str, change: Staged, base: int) -> None:
    table, path = change.table, path_of(root, change.table)
    if set(change.counts) == {INSERT}:
        append_by_spark(root, table, change.rows.select(*table.columns), (WRITER, base + 1))
        return
    conditions = [F.expr(f"t.`{name}` = s.`{name}`") for name in table.key]
    if change.clusters:  # Delta skips files in a MERGE only by literals
        leading = table.clustering[0]
        kind = table.schema[leading].dataType
        literals = [F.lit(value).cast(kind) for value in change.clusters]
        conditions.append(F.col(f"t.{leading}").isin(literals))
    merge = DeltaTable.forPath(spark, path).alias("t")
    values: dict[str, str | Column] = {name: F.col(f"s.{name}") for name in table.columns}
    (
        merge.merge(change.rows.alias("s"), reduce(Column.__and__, conditions))
        .whenMatchedDelete(F.col(f"s.{OPERATION}") == DELETE)
        .whenMatchedUpdate(F.col(f"s.{OPERATION}") == UPDATE, values)
        .whenNotMatchedInsert(F.col(f"s.{OPERATION}") == INSERT, values)
        .execute()
    )
