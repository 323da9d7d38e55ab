"""Hashes that compare the content of tables and rows."""

from decimal import Decimal

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables import Table

_WIDE = "decimal(38,0)"


def row_hash(columns: list[Column]) -> Column:
    """64-bit hash of the columns as JSON, because VARIANT and maps can't be hashed directly."""
    return F.xxhash64(F.to_json(F.struct(*columns), {"ignoreNullFields": "false"}))


def content_columns(table: Table) -> list[Column]:
    """The columns with content; of `recorded_to` only whether the row is current."""
    columns = [F.col(name) for name in table.content]
    if "recorded_to" in table.columns:
        columns.append(F.col("recorded_to").isNull().alias("is_current"))
    return columns


def content_hash(rows: DataFrame, table: Table) -> tuple[int, Decimal]:
    """Number of rows and the sum of their hashes; equal for equal content in any order."""
    hashed = rows.select(row_hash(content_columns(table)).cast(_WIDE).alias("hash"))
    total = hashed.agg(F.count("*"), F.coalesce(F.sum("hash"), F.lit(0).cast(_WIDE))).first()
    if total is None:  # an aggregate without groups always has one row
        raise AssertionError(table.name)
    return int(total[0]), Decimal(total[1])
