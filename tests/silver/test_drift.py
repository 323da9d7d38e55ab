from datetime import UTC, datetime
from typing import Any

from pyspark.sql import SparkSession

from cdp_spark.silver.drift import schema_drift
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import SHAPE


def _shape(batch: int, path: str, kind: str, source: str = "web") -> dict[str, Any]:
    at = datetime(2025, 1, batch, tzinfo=UTC)
    return {"source": source, "batch": batch, "path": path, "type": kind, "landed_at": at,
            "record_count": 10 * batch}  # fmt: skip


_GIVEN = [
    *[_shape(batch, "same", "text") for batch in (1, 2, 3)],
    _shape(1, "gone", "flag"), _shape(2, "gone", "flag"), _shape(3, "gone", "null"),
    _shape(1, "flip", "number"), _shape(2, "flip", "number"), _shape(3, "flip", "text"),
    _shape(2, "late", "list"), _shape(3, "late", "list"),
    _shape(3, "fresh", "object"), _shape(3, "fresh.inner", "number"),
    _shape(3, "only", "text", "shop"),
]  # fmt: skip


def _drift(spark: SparkSession, last: int) -> dict[str, tuple[Any, ...]]:
    names = ("change", "types", "types_before", "record_count")
    rows = schema_drift(sample(spark, SHAPE, *_GIVEN), last).collect()
    return {row["path"]: (*[row[name] for name in names], row["since_at"].day) for row in rows}


def test_the_last_batch_is_compared_with_all_before(spark: SparkSession) -> None:
    assert _drift(spark, 1) == {
        "gone": ("vanished", [], ["flag"], 30, 2),
        "flip": ("retyped", ["text"], ["number"], 30, 3),
        "fresh": ("new", ["object"], [], 30, 3),
        "fresh.inner": ("new", ["number"], [], 30, 3),
    }


def test_several_batches_may_count_as_the_last(spark: SparkSession) -> None:
    found = _drift(spark, 2)
    assert found["late"] == ("new", ["list"], [], 50, 2)
    assert found["flip"] == ("retyped", ["number", "text"], ["number"], 50, 2)
    assert "gone" not in found
    assert _drift(spark, 3) == {}
