"""Sample rows for tests and documentation: given values, other columns filled."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from cdp_spark.tables.contract import Table

_DAY = date(2025, 1, 1)
_MOMENT = datetime(2025, 1, 1, tzinfo=UTC)


def sample(spark: SparkSession, table: Table, *given: dict[str, Any]) -> DataFrame:
    """One row per dictionary, in the table's columns; other columns are filled.

    Keys get the row's number, required columns a fixed value of their type, others null.

    Raises:
        KeyError: a dictionary has a column that the table lacks.
    """
    for row in given:
        if unknown := set(row) - set(table.columns):
            raise KeyError(f"{table.name} has no column {sorted(unknown)}")
    rows = [
        tuple(row.get(name, _filler(table, name, number)) for name in table.columns)
        for number, row in enumerate(given)
    ]
    return spark.createDataFrame(rows, table.schema)


def _filler(table: Table, name: str, number: int) -> Any:
    one = table.schema[name]
    if one.nullable:
        return None
    if name in table.key and isinstance(one.dataType, T.StringType):
        return f"{name}-{number}"
    return _value(one.dataType)


def _value(kind: T.DataType) -> Any:
    plain: dict[type, Any] = {
        T.StringType: "x",
        T.LongType: 0,
        T.IntegerType: 0,
        T.DoubleType: 0.0,
        T.BooleanType: False,
        T.DateType: _DAY,
        T.TimestampType: _MOMENT,
        T.DecimalType: Decimal("0.00"),
        T.BinaryType: b"x",
        T.ArrayType: [],
        T.MapType: {},
    }
    return plain[type(kind)]
