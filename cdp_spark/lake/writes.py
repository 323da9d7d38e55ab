"""From the rows a job wants to the rows that differ: staged, checked, then one commit a table."""

from collections.abc import Mapping
from dataclasses import dataclass

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

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
    """Rows of one table that differ from what is stored, written aside and counted."""

    table: Table
    rows: DataFrame
    counts: Mapping[str, int]

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


def staged(changed: DataFrame, table: Table, folder: str) -> Staged:
    """The changed rows, computed once, kept in `folder`, checked against the contract.

    Raises:
        ContractBroken: a required column is null, or a key stands twice.
    """
    spark = changed.sparkSession
    changed.write.mode("overwrite").parquet(folder)
    rows = spark.read.schema(changed.schema).parquet(folder)
    return Staged(table, rows, _checked_counts(rows, table))


def _checked_counts(rows: DataFrame, table: Table) -> dict[str, int]:
    """Operation → rows, or the faults: nulls where a value is required, keys that stand twice."""
    is_kept = F.col(_OPERATION) != DELETE
    nulls = [F.count_if(is_kept & F.col(name).isNull()).alias(name) for name in table.required]
    by_key = rows.groupBy(*[F.col(name).alias(f"_{name}") for name in table.key]).agg(
        F.first(_OPERATION).alias(_OPERATION), F.count("*").alias("_rows"), *nulls
    )
    summary = (
        by_key.groupBy(_OPERATION)
        .agg(
            F.sum("_rows").alias("_rows"),
            F.count_if(F.col("_rows") > 1).alias("_doubled"),
            *[F.sum(name).alias(name) for name in table.required],
        )
        .collect()
    )
    faults = [
        f"{name} null in {row[name]} rows"
        for row in summary
        for name in table.required
        if row[name]
    ]
    if doubled := sum(row["_doubled"] for row in summary):
        faults.append(f"key ({', '.join(table.key)}) stands twice for {doubled} keys")
    if faults:
        raise ContractBroken(f"{table.name}: {'; '.join(faults)}; nothing was written")
    return {row[_OPERATION]: row["_rows"] for row in summary}


def commit(spark: SparkSession, root: str, change: Staged) -> None:
    """Write the staged rows in one commit: an append where all are new, else a MERGE."""
    table, path = change.table, path_of(root, change.table)
    if set(change.counts) == {INSERT}:
        change.rows.select(*table.columns).write.format("delta").mode("append").save(path)
        return
    conditions = [f"t.`{name}` = s.`{name}`" for name in table.key]
    merge = DeltaTable.forPath(spark, path).alias("t")
    values: dict[str, str | Column] = {name: F.col(f"s.{name}") for name in table.columns}
    (
        merge.merge(change.rows.alias("s"), _pruned(F.expr(" AND ".join(conditions)), change))
        .whenMatchedDelete(F.col(f"s.{_OPERATION}") == DELETE)
        .whenMatchedUpdate(F.col(f"s.{_OPERATION}") == UPDATE, values)
        .whenNotMatchedInsert(F.col(f"s.{_OPERATION}") == INSERT, values)
        .execute()
    )


def _pruned(condition: Column, change: Staged) -> Column:
    """Literals in the condition: nothing else lets Delta skip files in a MERGE."""
    leading = change.table.clustering[:1]
    if leading not in (("bucket",), ("as_of_on",), ("event_on",)):
        return condition
    values = change.rows.select(*leading).distinct().limit(_PRUNING_VALUES + 1).collect()
    if len(values) > _PRUNING_VALUES:
        return condition
    return condition & F.col(f"t.{leading[0]}").isin([row[0] for row in values])
