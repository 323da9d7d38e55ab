from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake.fingerprint import content_hash, row_hash
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT


def _events(spark: SparkSession, *changes: dict[str, Any]) -> DataFrame:
    return sample(spark, EVENT, *[{"event_key": f"e{n}"} | one for n, one in enumerate(changes)])


def test_the_order_of_rows_and_columns_of_the_run_do_not_matter(spark: SparkSession) -> None:
    rows = _events(spark, {"batch": 1}, {"batch": 2, "email": "a@b.org"})
    same = _events(spark, {"batch": 7}, {"batch": 8, "email": "a@b.org"})
    count, _ = content_hash(rows, EVENT)
    assert count == 2
    assert content_hash(rows, EVENT) == content_hash(same.orderBy(F.desc("event_key")), EVENT)
    assert content_hash(rows.limit(0), EVENT)[0] == 0


def test_any_other_value_makes_a_difference(spark: SparkSession) -> None:
    base = content_hash(_events(spark, {}), EVENT)
    for change in ({"email": "a@b.org"}, {"amount": 1}, {"consent": {"marketing": True}}):
        given = change if "amount" not in change else {"event_at": datetime(2026, 1, 1, tzinfo=UTC)}
        assert content_hash(_events(spark, given), EVENT) != base
    variant = _events(spark, {}).withColumn("properties", F.parse_json(F.lit('{"b": 1, "a": [2]}')))
    sorted_keys = variant.withColumn("properties", F.parse_json(F.lit('{"a": [2], "b": 1}')))
    assert content_hash(variant, EVENT) != base
    assert content_hash(variant, EVENT) == content_hash(sorted_keys, EVENT)
    twice = _events(spark, {}).union(_events(spark, {}))
    assert content_hash(twice, EVENT)[1] == 2 * base[1]


def test_of_a_correction_counts_that_there_is_one_not_when(spark: SparkSession) -> None:
    def content(when: datetime | None) -> Any:
        return content_hash(sample(spark, LINK, {"recorded_to": when}), LINK)

    first, later = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    assert content(first) == content(later) != content(None)


def test_null_and_empty_are_distinguished_by_column(spark: SparkSession) -> None:
    rows = spark.createDataFrame([("x", None), (None, "x")], "a string, b string")
    hashes = rows.select(row_hash([F.col("a"), F.col("b")]).alias("hash")).collect()
    assert hashes[0]["hash"] != hashes[1]["hash"]
