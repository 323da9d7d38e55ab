from datetime import UTC, datetime

from pyspark.sql import SparkSession

from cdp_spark.bronze.records import records_of
from cdp_spark.sources.records import RECORDS
from cdp_spark.tables.bronze import RECORD

_NOW = datetime(2025, 1, 1, tzinfo=UTC)
_ORIGIN = {"source": "web", "format": "segment", "organisation": "own", "region": "any"}

_DELIVERED = datetime(2024, 12, 31, tzinfo=UTC)


def test_a_record_has_its_origin_and_keeps_its_id(spark: SparkSession) -> None:
    read = [("r0", "f1", "a", 0, b"x", _NOW), ("r1", "f2", "b", 0, b"x", None),
            ("r2", "f1", "a", -1, b"\xff", None)]  # fmt: skip
    found = spark.createDataFrame(read, f"record_id string, {RECORDS}")
    rows = records_of(found, _ORIGIN, 1, _NOW)
    assert rows.columns == list(RECORD.columns)
    first, same, other = rows.orderBy("record_id").collect()
    assert [row["record_id"] for row in (first, same, other)] == ["r0", "r1", "r2"]
    assert first["raw_hash"] == same["raw_hash"] != other["raw_hash"]
    assert (first["delivered_at"] is None, same["delivered_at"]) == (False, None)
    assert (first["source"], first["format"], first["batch"]) == ("web", "segment", 1)
