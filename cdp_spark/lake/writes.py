"""From the rows a job wants to the rows that differ: staged, checked, then one commit a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake.conflicts import told_as_moved
from cdp_spark.lake.errors import ContractBroken
from cdp_spark.lake.fingerprint import content_columns, row_hash
from cdp_spark.lake.storage import path_of
from cdp_spark.tables import Table

INSERT, UPDATE, DELETE = "insert", "update", "delete"
_OPERATION = "_operation"
# Buckets are 64 and a run rarely touches more days than this; more would make MERGE's
# condition longer than what pruning saves.
_PRUNING_VALUES = 400


@dataclass(frozen=True)
class Replacement:
    """Make a table equal to `rows` inside a scope, deleting what is there and no longer wanted.

    `within` is a frame with some of the table's columns: the scope is the rows that match it;
    none means the whole table.
    """

    rows: DataFrame
    within: DataFrame | None = None


Write = DataFrame | Replacement


@dataclass(frozen=True)
class Staged:
    """Rows of one table that differ from what is stored, written aside, checked and counted.

    `touched` are values of the first clustering column, as text; none where there are too many.
    """

    table: Table
    rows: DataFrame
    counts: Mapping[str, int]
    touched: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many rows will change."""
        return sum(self.counts.values())


def aligned(rows: DataFrame, table: Table) -> DataFrame:
    """The rows with the table's columns in their order.

    Raises:
        ContractBroken: columns are missing, unknown or of another type; all are named.
    """
    found = {one.name: one.dataType for one in rows.schema}
    faults = [f"column {name} is missing" for name in table.columns if name not in found]
    faults += [
        f"column {name} is not in the contract" for name in found if name not in table.columns
    ]
    faults += [
        f"column {one.name}: expected {one.type.simpleString()}, found {kind}"
        for one in table.fields
        if (kind := found.get(one.name, one.type).simpleString()) != one.type.simpleString()
    ]
    if faults:
        raise ContractBroken(f"{table.name}: {'; '.join(sorted(faults))}")
    return rows.select(*table.columns)


def differences(write: Write, stored: DataFrame | None, table: Table) -> DataFrame:
    """Rows to insert, update or delete, with what to do in `_operation`.

    Nothing is compared where nothing is stored.
    """
    replaces = isinstance(write, Replacement)
    rows = aligned(write.rows if isinstance(write, Replacement) else write, table)
    if stored is None:
        return rows.withColumn(_OPERATION, F.lit(INSERT))
    scope = write.within if isinstance(write, Replacement) else None
    if scope is not None:
        # Distinct because a scope names keys; twice the same key must not double the rows.
        stored = stored.join(scope.distinct(), on=scope.columns, how="left_semi")
    new = rows.select(
        F.struct(*table.columns).alias("new"),
        *[F.col(name).alias(f"_{name}") for name in table.key],
        row_hash(content_columns(table)).alias("new_hash"),
    )
    old = stored.select(
        F.struct(*table.columns).alias("old"),
        *[F.col(name).alias(f"_{name}") for name in table.key],
        row_hash(content_columns(table)).alias("old_hash"),
    )
    paired = new.join(
        old, on=[f"_{name}" for name in table.key], how="full_outer" if replaces else "left_outer"
    )
    is_new = F.col("old_hash").isNull()
    is_gone = F.col("new_hash").isNull()
    is_other = F.col("old_hash") != F.col("new_hash")
    operation = F.when(is_new, INSERT).when(is_gone, DELETE).when(is_other, UPDATE)
    changed = paired.withColumn(_OPERATION, operation).where(F.col(_OPERATION).isNotNull())
    return changed.select(
        *[_either(name).alias(name) for name in table.columns],
        _OPERATION,
    )


def _either(name: str) -> Column:
    return F.when(F.col("new_hash").isNull(), F.col(f"old.{name}")).otherwise(F.col(f"new.{name}"))


def kept_aside(changed: DataFrame, folder: str) -> DataFrame:
    """The changed rows, computed once and kept in `folder`."""
    changed.write.mode("overwrite").parquet(folder)
    return changed.sparkSession.read.schema(changed.schema).parquet(folder)


def checked(kept: Mapping[Table, DataFrame]) -> list[Staged]:
    """The rows kept aside for each table, counted and checked against its contract in one query.

    Raises:
        ContractBroken: a required column is null, or a key stands twice; all tables' faults are
            named.
    """
    summaries = reduce(DataFrame.unionByName, [_summary(rows, t) for t, rows in kept.items()])
    told = summaries.collect()
    if faults := [fault for row in told for fault in _faults(row)]:
        raise ContractBroken(f"{'; '.join(faults)}; nothing was written")
    return [_staged(table, rows, told) for table, rows in kept.items()]


def _staged(table: Table, rows: DataFrame, told: Sequence[Row]) -> Staged:
    mine = [row for row in told if row["name"] == table.name]
    touched = {value for row in mine for value in row["touched"]}
    return Staged(
        table,
        rows,
        {row["operation"]: row["row_count"] for row in mine},
        tuple(sorted(touched)) if len(touched) <= _PRUNING_VALUES else (),
    )


def _summary(rows: DataFrame, table: Table) -> DataFrame:
    """One row per operation: name, rows, keys that stand twice, nulls where a value is required."""
    is_kept = F.col(_OPERATION) != DELETE
    leading = F.col(table.clustering[0]).cast("string") if _is_pruned(table) else F.lit(None)
    by_key = rows.groupBy(*[F.col(name).alias(f"_{name}") for name in table.key]).agg(
        F.first(_OPERATION).alias("operation"),
        F.count("*").alias("rows"),
        F.first(leading.cast("string")).alias("leading"),
        *[F.count_if(is_kept & F.col(name).isNull()).alias(name) for name in table.required],
    )
    nulls = [F.struct(F.lit(name), F.sum(name)) for name in table.required]
    return by_key.groupBy("operation").agg(
        F.lit(table.name).alias("name"),
        F.sum("rows").alias("row_count"),
        F.count_if(F.col("rows") > 1).alias("doubled_count"),
        F.lit(", ".join(table.key)).alias("key"),
        F.map_from_entries(F.array(*nulls)).alias("nulls"),
        F.slice(F.collect_set("leading"), 1, _PRUNING_VALUES + 1).alias("touched"),
    )


def _faults(row: Row) -> list[str]:
    nulls = [f"{name} null in {count} rows" for name, count in row["nulls"].items() if count]
    twice = row["doubled_count"]
    doubled = [f"key ({row['key']}) stands twice for {twice} keys"] if twice else []
    return [f"{row['name']}: {fault}" for fault in nulls + doubled]


def commit(spark: SparkSession, root: str, change: Staged) -> None:
    """Write the staged rows in one commit: an append where all are new, else a MERGE.

    Raises:
        TableMoved: somebody who holds no lease committed to the table meanwhile.
    """
    with told_as_moved(change.table.name):
        _commit(spark, root, change)


def _commit(spark: SparkSession, root: str, change: Staged) -> None:
    table, path = change.table, path_of(root, change.table)
    if set(change.counts) == {INSERT}:
        change.rows.select(*table.columns).write.format("delta").mode("append").save(path)
        return
    conditions = [F.expr(f"t.`{name}` = s.`{name}`") for name in table.key]
    if change.touched:  # nothing but literals in the condition lets Delta skip files in a MERGE
        leading = table.clustering[0]
        kind = table.schema[leading].dataType
        literals = [F.lit(value).cast(kind) for value in change.touched]
        conditions.append(F.col(f"t.{leading}").isin(literals))
    merge = DeltaTable.forPath(spark, path).alias("t")
    values: dict[str, str | Column] = {name: F.col(f"s.{name}") for name in table.columns}
    (
        merge.merge(change.rows.alias("s"), reduce(Column.__and__, conditions))
        .whenMatchedDelete(F.col(f"s.{_OPERATION}") == DELETE)
        .whenMatchedUpdate(F.col(f"s.{_OPERATION}") == UPDATE, values)
        .whenNotMatchedInsert(F.col(f"s.{_OPERATION}") == INSERT, values)
        .execute()
    )


def _is_pruned(table: Table) -> bool:
    return table.clustering[:1] in (("bucket",), ("as_of_on",), ("event_on",))
