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
_WRITER = "publish"  # names the numbers of appends in a table's log
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


@dataclass(frozen=True)
class Amendment:
    """Changes told by a maker who has looked at what is stored: it is not compared once more.

    `added` are rows whose keys are not stored, `updated` rows that take the place of stored ones;
    `redone` is compared as always. The maker knows only what finished runs of the same job left:
    where anything else was committed since, `otherwise` is written instead.
    """

    added: DataFrame
    otherwise: DataFrame | Replacement
    updated: DataFrame | None = None
    redone: Replacement | None = None


Write = DataFrame | Replacement | Amendment


@dataclass(frozen=True)
class Staged:
    """Rows of one table that differ from what is stored, written aside, checked and counted.

    `touched` are values of the first clustering column in stored rows that change, as text; none
    where there are too many.
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


def told_changes(write: Amendment, stored: DataFrame, table: Table) -> DataFrame | None:
    """Stored rows that an amendment changes, with what to do in `_operation`; none if it adds only.

    Keep them aside: what an amendment adds stands in frames that are kept already.
    """
    parts = []
    if write.updated is not None:
        parts.append(aligned(write.updated, table).withColumn(_OPERATION, F.lit(UPDATE)))
    if write.redone is not None:
        parts.append(differences(write.redone, stored, table))
    return reduce(DataFrame.unionByName, parts) if parts else None


def with_added(changed: DataFrame | None, added: DataFrame, table: Table) -> DataFrame:
    """Rows to add and those that change, with what to do in `_operation`."""
    new = aligned(added, table).withColumn(_OPERATION, F.lit(INSERT))
    return new if changed is None else new.unionByName(changed)


def differences(
    write: DataFrame | Replacement, stored: DataFrame | None, table: Table
) -> DataFrame:
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
    summaries = [part for table, rows in kept.items() for part in _summaries(rows, table)]
    told = reduce(DataFrame.unionByName, summaries).collect()
    # Hashes of two keys may be equal: such are counted in full.
    keys = {row["name"] for row in told if row["doubled_count"]}
    doubled = {t.name: _doubled_keys(rows, t) for t, rows in kept.items() if t.name in keys}
    faults = [fault for row in told for fault in _nulls(row)]
    faults += [
        f"{table.name}: key ({', '.join(table.key)}) stands twice for {count} keys"
        for table in kept
        if (count := doubled.get(table.name))
    ]
    if faults:
        raise ContractBroken(f"{'; '.join(faults)}; nothing was written")
    return [_staged(table, rows, told) for table, rows in kept.items()]


def _staged(table: Table, rows: DataFrame, told: Sequence[Row]) -> Staged:
    mine = [row for row in told if row["name"] == table.name and row["row_count"]]
    touched = {value for row in mine for value in row["touched"]}
    return Staged(
        table,
        rows,
        {row["operation"]: row["row_count"] for row in mine},
        tuple(sorted(touched)) if len(touched) <= _PRUNING_VALUES else (),
    )


def _summaries(rows: DataFrame, table: Table) -> list[DataFrame]:
    """One row per operation: rows, nulls where a value is required; and one of doubled keys."""
    is_kept = F.col(_OPERATION) != DELETE
    is_stored = F.col(_OPERATION) != INSERT
    leading = F.col(table.clustering[0]).cast("string") if _is_pruned(table) else F.lit(None)
    nulls = [
        F.struct(F.lit(name), F.count_if(is_kept & F.col(name).isNull())) for name in table.required
    ]
    by_operation = rows.groupBy(F.col(_OPERATION).alias("operation")).agg(
        F.count("*").alias("row_count"),
        F.lit(0).cast("long").alias("doubled_count"),
        F.map_from_entries(F.array(*nulls)).alias("nulls"),
        F.slice(
            F.collect_set(F.when(is_stored, leading.cast("string"))), 1, _PRUNING_VALUES + 1
        ).alias("touched"),
    )
    hashes = rows.groupBy(F.xxhash64(*table.key).alias("hash")).agg(F.count("*").alias("rows"))
    doubled = hashes.agg(F.count_if(F.col("rows") > 1).alias("doubled_count")).select(
        F.lit(None).cast("string").alias("operation"),
        F.lit(0).cast("long").alias("row_count"),
        "doubled_count",
        F.create_map().cast("map<string,bigint>").alias("nulls"),
        F.array().cast("array<string>").alias("touched"),
    )
    return [part.withColumn("name", F.lit(table.name)) for part in (by_operation, doubled)]


def _doubled_keys(rows: DataFrame, table: Table) -> int:
    keys = rows.groupBy(*table.key).agg(F.count("*").alias("rows"))
    return keys.where(F.col("rows") > 1).count()


def _nulls(row: Row) -> list[str]:
    found = row["nulls"].items()
    return [f"{row['name']}: {name} null in {count} rows" for name, count in found if count]


def commit(spark: SparkSession, root: str, change: Staged, base: int) -> None:
    """Write the staged rows in one commit: an append where all are new, else a MERGE.

    `base` is the version they were compared with. Of two appends upon one Delta commits one:
    a process that stood still, lost its lease and goes on, can't add its rows again.

    Raises:
        TableMoved: somebody who holds no lease committed to the table meanwhile.
    """
    with told_as_moved(change.table.name):
        _commit(spark, root, change, base)


def _commit(spark: SparkSession, root: str, change: Staged, base: int) -> None:
    table, path = change.table, path_of(root, change.table)
    if set(change.counts) == {INSERT}:
        appending = change.rows.select(*table.columns).write.format("delta").mode("append")
        numbered = appending.option("txnAppId", _WRITER).option("txnVersion", base + 1)
        numbered.save(path)
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
