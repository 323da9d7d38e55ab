"""The conditions of queries on a table; the answers are tried by tests/jobs/test_ingest_jdbc.py."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import types as T

from cdp_spark.sources.databases import Database, micros_of, moment_text
from cdp_spark.sources.settings import TableSettings

_AT = micros_of(datetime(2025, 1, 2, 3, 4, 5, 6, UTC))
_ZONED = T.StructType([T.StructField("at", T.TimestampType())])
_PLAIN = T.StructType([T.StructField("at", T.TimestampNTZType())])


def _database(spark: SparkSession, kind: str, cursor_kind: Any = "timestamp") -> Database:
    settings = TableSettings(
        url=f"jdbc:{kind}://h/shop",
        name="public.orders",
        cursor="at",
        cursor_kind=cursor_kind,
        keys=("id",),
        user="${env:U}",
        password="${env:P}",  # noqa: S106 - a reference
    )
    return Database(spark, settings)


def test_timestamps_are_converted_to_and_from_microseconds() -> None:
    assert moment_text(_AT) == "2025-01-02T03:04:05.000006"
    assert micros_of(datetime.fromisoformat(moment_text(_AT))) == _AT
    assert micros_of(datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)) == -1


@pytest.mark.parametrize(
    ("kind", "schema", "condition"),
    [
        ("postgresql", _ZONED, "\"at\" > TIMESTAMP WITH TIME ZONE '{}+00:00'"),
        ("postgresql", _PLAIN, "\"at\" > TIMESTAMP '{}'"),
        ("mysql", _PLAIN, "`at` > TIMESTAMP '{}'"),
        ("oracle", _ZONED, "\"at\" > TIMESTAMP '{}+00:00'"),
        ("sqlserver", _ZONED, "\"at\" > CAST('{}+00:00' AS datetimeoffset)"),
        ("sqlserver", _PLAIN, "\"at\" > CAST('{}' AS datetime2)"),
    ],
)
def test_a_moment_is_written_as_the_database_reads_it(
    spark: SparkSession, kind: str, schema: T.StructType, condition: str
) -> None:
    expected = condition.format("2025-01-02 03:04:05.000006")
    assert _database(spark, kind).condition((_AT, None), schema) == expected


def test_bounds_are_open_at_the_start_and_may_be_missing(spark: SparkSession) -> None:
    numbered = _database(spark, "postgresql", "number")
    assert numbered.condition((-3, 10), _PLAIN) == '"at" > -3 AND "at" <= 10'
    assert numbered.condition((None, None), _PLAIN) == '"at" IS NOT NULL'
