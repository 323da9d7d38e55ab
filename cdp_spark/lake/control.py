"""Control tables: the few rows by which a job plans, read and written on the driver.

If the driver can't open a table (see `snapshot`), Spark reads and writes it, with the same result.
"""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import storage
from cdp_spark.lake.errors import ContractBroken
from cdp_spark.lake.snapshot import opened_table
from cdp_spark.lake.staging import Staged
from cdp_spark.lake.writes import INSERT, OPERATION, UPDATE
from cdp_spark.tables import Table

Rows = list[dict[str, Any]]


def fetched(
    spark: SparkSession, root: str, table: Table, version: int, equal: dict[str, str]
) -> pa.Table:
    """Rows of a table at a version, filtered by equal values."""
    if version == storage.NEVER:
        return table.arrow_schema.empty_table()
    opened = opened_table(storage.path_of(root, table), version)
    if opened is None:
        rows = storage.rows_by_delta(spark, root, table, version)
        for name, value in equal.items():
            rows = rows.where(F.col(name) == value)
        return rows.toArrow().cast(table.arrow_schema)
    # Filtered here: delta-rs returns strings as views, which its own filter can't compare.
    found = opened.to_pyarrow_table(columns=list(table.columns)).cast(table.arrow_schema)
    for name, value in equal.items():
        found = found.filter(pc.equal(found[name], value))
    return found


def staged_rows(spark: SparkSession, table: Table, rows: pa.Table, stored: pa.Table) -> Staged:
    """Rows to insert, and rows that differ from the stored row of their key.

    Raises:
        ContractBroken: a required column is null, or a key occurs twice.
    """
    _require_fit(rows, table)
    if len(table.key) == 1:
        (key,) = table.key
        stored = stored.filter(pc.is_in(stored[key], value_set=rows[key].combine_chunks()))
    known = {_key(row, table): _content(row, table) for row in stored.to_pylist()}
    changed: Rows = []
    for row in rows.to_pylist():
        before = known.get(_key(row, table))
        if before != _content(row, table):
            changed.append(row | {OPERATION: UPDATE if before else INSERT})
    schema = table.arrow_schema.append(pa.field(OPERATION, pa.string()))
    arrow = pa.Table.from_pylist(changed, schema=schema)
    counts = {row["values"]: row["counts"] for row in pc.value_counts(arrow[OPERATION]).to_pylist()}
    return Staged(table, spark.createDataFrame(arrow), counts, arrow=arrow)


def _key(row: dict[str, Any], table: Table) -> tuple[Any, ...]:
    return tuple(row[name] for name in table.key)


def _content(row: dict[str, Any], table: Table) -> tuple[Any, ...]:
    return tuple(row[name] for name in table.content)


def _require_fit(rows: pa.Table, table: Table) -> None:
    nulls = {name: rows[name].null_count for name in table.required}
    errors = [
        f"{name} is required, but null in {count} rows" for name, count in nulls.items() if count
    ]
    keys = rows.group_by(list(table.key)).aggregate([]).num_rows
    if keys < rows.num_rows:
        errors.append(f"key ({', '.join(table.key)}) occurs twice")
    if errors:
        raise ContractBroken(f"{table.name}: {'; '.join(errors)}; nothing was written")
