from datetime import UTC, datetime

from pyspark.sql import SparkSession

from cdp_spark.bronze.records import records_of
from cdp_spark.sources.records import RECORDS
from cdp_spark.tables.bronze import RECORD

_ORIGIN = {"source": "web", "format": "segment", "organisation": "own", "region": "any"}

_DELIVERED = datetime(2024, 12, 31, tzinfo=UTC)


def test_a_record_is_named_by_its_file_and_position_alone(spark: SparkSession) -> None:
    read = [
        ("f1", "a", 0, b"x", _DELIVERED),
        ("f1", "a", 2, b"x", _DELIVERED),
        ("f2", "b", 0, b"x", None),
        ("f1", "a", -1, b"\xff", _DELIVERED),
    ]
    found = spark.createDataFrame(read, RECORDS)
    first = records_of(found, _ORIGIN, 1, datetime(2025, 1, 1, tzinfo=UTC))
    assert first.columns == list(RECORD.columns)
    rows = {(row["file_id"], row["position"]): row for row in first.collect()}
    assert len({row["record_id"] for row in rows.values()}) == 4
    assert rows["f1", 0]["raw_hash"] == rows["f2", 0]["raw_hash"] != rows["f1", -1]["raw_hash"]
    assert {(row["source"], row["format"], row["batch"]) for row in rows.values()} == {
        ("web", "segment", 1)
    }
    # Spark gives instants in the machine's own zone.
    delivered = {key: row["delivered_at"] for key, row in rows.items()}
    assert delivered["f2", 0] is None
    assert delivered["f1", 0].timestamp() == _DELIVERED.timestamp()
    later = records_of(found, _ORIGIN, 2, datetime(2026, 1, 1, tzinfo=UTC))
    assert {row["record_id"] for row in later.collect()} == {
        row["record_id"] for row in rows.values()
    }
