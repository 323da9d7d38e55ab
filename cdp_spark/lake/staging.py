"""Rows of a write before their commit: computed once, counted and checked against the contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from cdp_spark.lake.errors import ContractBroken
from cdp_spark.lake.filesystem import opened
from cdp_spark.lake.workspace import Materialized
from cdp_spark.lake.writes import DELETE, INSERT, OPERATION
from cdp_spark.tables import Table

# Buckets are 64 and a run rarely touches more days than this; more would make MERGE's
# condition longer than what pruning saves.
_PRUNING_VALUES = 400
_HASH, _WIDE = "raw_hash", "decimal(38,0)"


@dataclass(frozen=True)
class Staged:
    """Rows of one table that change, with what to do in `_operation`, checked and counted.

    `fingerprint` is the sum of `raw_hash` over all of them, where the table has that column.
    `arrow` are the same rows on the driver where these are few. `clusters` are values of the first
    clustering column in stored rows that change, as text; none where there are too many.
    """

    table: Table
    rows: DataFrame
    counts: Mapping[str, int]
    fingerprint: int = 0
    arrow: pa.Table | None = field(default=None, repr=False)
    clusters: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many rows will change."""
        return sum(self.counts.values())


def checked(kept: Mapping[Table, Materialized]) -> list[Staged]:
    """The rows materialized for each table, counted and checked against its contract.

    Few rows are checked on the driver; more are by one query for all tables.

    Raises:
        ContractBroken: a required column is null, or a key stands twice; all tables' faults are
            named.
    """
    few = {t: _on_driver(one, t) for t, one in kept.items() if one.row_count and one.is_small}
    many = {t: one.rows for t, one in kept.items() if one.row_count and not one.is_small}
    found = [row for table, rows in many.items() for row in _summaries(rows, table)]
    told = reduce(DataFrame.unionByName, found).collect() if found else []
    # Hashes of two keys may be equal: such are counted in full.
    names = {row["name"] for row in told if row["doubled_count"]}
    doubled = {t: _doubled_keys(rows, t) for t, rows in many.items() if t.name in names}
    doubled |= {table: _doubled_on_driver(rows, table) for table, rows in few.items()}
    faults = [fault for row in told for fault in _nulls(row)]
    faults += [fault for table, rows in few.items() for fault in _nulls_on_driver(rows, table)]
    faults += [
        f"{table.name}: key ({', '.join(table.key)}) stands twice for {doubled[table]} keys"
        for table in kept
        if doubled.get(table)
    ]
    if faults:
        raise ContractBroken(f"{'; '.join(faults)}; nothing was written")
    return [_staged(table, one, few.get(table), told) for table, one in kept.items()]


def _staged(table: Table, one: Materialized, arrow: pa.Table | None, told: Sequence[Row]) -> Staged:
    if not one.row_count:
        return Staged(table, one.rows, {})
    if arrow is not None:
        counted = pc.value_counts(arrow[OPERATION]).to_pylist()
        counts = {row["values"]: row["counts"] for row in counted}
        has_hashes = _HASH in arrow.column_names
        # Sixty-four bits overflow; Python's numbers do not.
        fingerprint = sum(arrow[_HASH].to_pylist()) if has_hashes else 0
        return Staged(table, one.rows, counts, fingerprint, arrow)
    mine = [row for row in told if row["name"] == table.name and row["row_count"]]
    clusters = {value for row in mine for value in row["clusters"]}
    return Staged(
        table,
        one.rows,
        {row["operation"]: row["row_count"] for row in mine},
        sum(int(row["fingerprint"] or 0) for row in mine),
        clusters=tuple(sorted(clusters)) if len(clusters) <= _PRUNING_VALUES else (),
    )


def _on_driver(one: Materialized, table: Table) -> pa.Table:
    """The rows as Arrow; of a table with VARIANT columns those that are checked only."""
    system, path = opened(one.folder)
    found = pq.read_table(path, filesystem=system, columns=_readable(table))
    return found.combine_chunks()


def _readable(table: Table) -> list[str]:
    kinds = {one.name: one.type.typeName() for one in table.fields}
    return [*[name for name in table.columns if kinds[name] != "variant"], OPERATION]


def _nulls_on_driver(rows: pa.Table, table: Table) -> list[str]:
    kept = rows.filter(pc.not_equal(rows[OPERATION], DELETE))
    found = {name: kept[name].null_count for name in table.required if name in kept.column_names}
    return [f"{table.name}: {name} null in {count} rows" for name, count in found.items() if count]


def _doubled_on_driver(rows: pa.Table, table: Table) -> int:
    keys = rows.group_by(list(table.key)).aggregate([([], "count_all")])
    return int(pc.sum(pc.greater(keys["count_all"], 1)).as_py() or 0)


def _summaries(rows: DataFrame, table: Table) -> list[DataFrame]:
    """One row per operation: rows, nulls where a value is required; and one of doubled keys."""
    is_kept = F.col(OPERATION) != DELETE
    is_stored = F.col(OPERATION) != INSERT
    leading = F.col(table.clustering[0]).cast("string") if is_pruned(table) else F.lit(None)
    nulls = [
        F.struct(F.lit(name), F.count_if(is_kept & F.col(name).isNull())) for name in table.required
    ]
    by_operation = rows.groupBy(F.col(OPERATION).alias("operation")).agg(
        F.count("*").alias("row_count"),
        fingerprint_of(table).alias("fingerprint"),
        F.lit(0).cast("long").alias("doubled_count"),
        F.map_from_entries(F.array(*nulls)).alias("nulls"),
        F.slice(
            F.collect_set(F.when(is_stored, leading.cast("string"))), 1, _PRUNING_VALUES + 1
        ).alias("clusters"),
    )
    hashes = rows.groupBy(F.xxhash64(*table.key).alias("hash")).agg(F.count("*").alias("rows"))
    doubled = hashes.agg(F.count_if(F.col("rows") > 1).alias("doubled_count")).select(
        F.lit(None).cast("string").alias("operation"),
        F.lit(0).cast("long").alias("row_count"),
        F.lit(0).cast(_WIDE).alias("fingerprint"),
        "doubled_count",
        F.create_map().cast("map<string,bigint>").alias("nulls"),
        F.array().cast("array<string>").alias("clusters"),
    )
    return [part.withColumn("name", F.lit(table.name)) for part in (by_operation, doubled)]


def _doubled_keys(rows: DataFrame, table: Table) -> int:
    keys = rows.groupBy(*table.key).agg(F.count("*").alias("rows"))
    return keys.where(F.col("rows") > 1).count()


def _nulls(row: Row) -> list[str]:
    found: dict[str, Any] = row["nulls"]
    return [f"{row['name']}: {name} null in {count} rows" for name, count in found.items() if count]


def fingerprint_of(table: Table) -> Column:
    """The sum of `raw_hash` over rows of a table, in decimals; 0 where there is no such column."""
    zero = F.lit(0).cast(_WIDE)
    return (
        F.coalesce(F.sum(F.col(_HASH).cast(_WIDE)), zero)
        if _HASH in table.columns
        else (F.max(zero))
    )


def is_pruned(table: Table) -> bool:
    """Whether a MERGE's condition may name values of the first clustering column."""
    return table.clustering[:1] in (("bucket",), ("as_of_on",), ("event_on",))
