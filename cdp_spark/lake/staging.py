"""Rows of a write before the commit: materialized, counted and checked against the contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from cdp_spark.files.locations import opened
from cdp_spark.lake.errors import ContractBroken
from cdp_spark.lake.workspace import Materialized
from cdp_spark.lake.writes import DELETE, INSERT, OPERATION
from cdp_spark.tables import Table

# There are 64 buckets, and a run rarely changes more days than this; with more, evaluating the
# condition of MERGE costs more than pruning saves.
_PRUNING_VALUES = 400
_HASH, _WIDE = "raw_hash", "decimal(38,0)"


@dataclass(frozen=True)
class Staged:
    """Rows of one table to change, with their `_operation`, checked and counted.

    `fingerprint` is the sum of their `raw_hash`, if the table has that column. `arrow` are the same
    rows on the driver, if they are few. `clusters` are the values of the first clustering column in
    stored rows that change, as text; empty if there are too many.
    """

    table: Table
    rows: DataFrame
    counts: Mapping[str, int]
    fingerprint: int = 0
    arrow: pa.Table | None = field(default=None, repr=False)
    clusters: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Number of rows that change."""
        return sum(self.counts.values())


def staged_tables(kept: Mapping[Table, Materialized]) -> list[Staged]:
    """The materialized rows of each table, counted and checked against its contract.

    Few rows are checked on the driver, more by one query for all tables.

    Raises:
        ContractBroken: a required column is null, or a key occurs twice; the message has the
            errors of all tables.
    """
    few = {t: _on_driver(one, t) for t, one in kept.items() if one.row_count and one.is_small}
    many = {t: one.rows for t, one in kept.items() if one.row_count and not one.is_small}
    frames = [row for table, rows in many.items() for row in _summaries(rows, table)]
    summaries = reduce(DataFrame.unionByName, frames).collect() if frames else []
    # Two keys may have equal hashes, so these tables are counted by key.
    names = {row["name"] for row in summaries if row["doubled_count"]}
    doubled = {t: _doubled_keys(rows, t) for t, rows in many.items() if t.name in names}
    doubled |= {table: _doubled_on_driver(rows, table) for table, rows in few.items()}
    errors = [error for row in summaries for error in _nulls(row)]
    errors += [error for table, rows in few.items() for error in _nulls_on_driver(rows, table)]
    errors += [
        f"{table.name}: expected one row per key ({', '.join(table.key)}), found several "
        f"for {doubled[table]} keys"
        for table in kept
        if doubled.get(table)
    ]
    if errors:
        raise ContractBroken(f"{'; '.join(errors)}; nothing was written")
    return [_staged(table, one, few.get(table), summaries) for table, one in kept.items()]


def _staged(
    table: Table, one: Materialized, arrow: pa.Table | None, summaries: Sequence[Row]
) -> Staged:
    if not one.row_count:
        return Staged(table, one.rows, {})
    if arrow is not None:
        counted = pc.value_counts(arrow[OPERATION]).to_pylist()
        counts = {row["values"]: row["counts"] for row in counted}
        has_hashes = _HASH in arrow.column_names
        # A sum in 64 bits overflows; Python's integers do not.
        fingerprint = sum(arrow[_HASH].to_pylist()) if has_hashes else 0
        return Staged(table, one.rows, counts, fingerprint, arrow)
    of_table = [row for row in summaries if row["name"] == table.name and row["row_count"]]
    clusters = {value for row in of_table for value in row["clusters"]}
    return Staged(
        table,
        one.rows,
        {row["operation"]: row["row_count"] for row in of_table},
        sum(int(row["fingerprint"] or 0) for row in of_table),
        clusters=tuple(sorted(clusters)) if len(clusters) <= _PRUNING_VALUES else (),
    )


def _on_driver(one: Materialized, table: Table) -> pa.Table:
    """The rows as Arrow, without VARIANT columns."""
    system, path = opened(one.folder)
    found = pq.read_table(path, filesystem=system, columns=_readable(table))
    return found.combine_chunks()


def _readable(table: Table) -> list[str]:
    kinds = {one.name: one.type.typeName() for one in table.fields}
    return [*[name for name in table.columns if kinds[name] != "variant"], OPERATION]


def _nulls_on_driver(rows: pa.Table, table: Table) -> list[str]:
    kept = rows.filter(pc.not_equal(rows[OPERATION], DELETE))
    found = {name: kept[name].null_count for name in table.required if name in kept.column_names}
    return [
        f"{table.name}: {name} is required, but null in {count} rows"
        for name, count in found.items()
        if count
    ]


def _doubled_on_driver(rows: pa.Table, table: Table) -> int:
    keys = rows.group_by(list(table.key)).aggregate([([], "count_all")])
    return int(pc.sum(pc.greater(keys["count_all"], 1)).as_py() or 0)


def _summaries(rows: DataFrame, table: Table) -> list[DataFrame]:
    """Frames with one row per operation (counts and nulls), and one row with duplicate keys."""
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
    return [
        f"{row['name']}: {name} is required, but null in {count} rows"
        for name, count in found.items()
        if count
    ]


def fingerprint_of(table: Table) -> Column:
    """The sum of `raw_hash` over the rows of a table, in decimals; 0 without that column."""
    zero = F.lit(0).cast(_WIDE)
    return (
        F.coalesce(F.sum(F.col(_HASH).cast(_WIDE)), zero)
        if _HASH in table.columns
        else (F.max(zero))
    )


def is_pruned(table: Table) -> bool:
    """Whether the condition of a MERGE may list values of the first clustering column."""
    return table.clustering[:1] in (("bucket",), ("as_of_on",), ("event_on",))
