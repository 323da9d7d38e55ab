from datetime import UTC, datetime

from pyspark.sql import SparkSession

from cdp_spark.bronze import delivery_checks
from cdp_spark.lake import Lake
from cdp_spark.semantics.expectations import DeliveryExpectations, Volume
from cdp_spark.tables.bronze import DELIVERY_CHECK, FILE
from cdp_spark.tables.sample import sample

_NOW = datetime(2025, 1, 31, tzinfo=UTC)


def test_sources_without_expectations_are_not_read(lake: Lake) -> None:
    assert delivery_checks(lake, {"web": DeliveryExpectations()}, _NOW) is None
    assert not lake.ledger.reads


def test_a_batch_that_is_too_small_is_shown_once_and_ends_every_run_until_a_better_one(
    spark: SparkSession, lake: Lake
) -> None:
    file = {"file_id": "a", "source": "web", "batch": 1, "record_count": 2, "sha256": "s"}
    lake.merge(FILE, sample(spark, FILE, file))
    expectations = {
        "web": DeliveryExpectations(batch=Volume(least=5, on_violation="fail")),
        "app": DeliveryExpectations(),
    }
    checks = delivery_checks(lake, expectations, _NOW)
    assert checks is not None
    assert [one["expectation"] for one in checks.newly_failed] == ["batch"]
    assert checks.stopping.count() == 1
    lake.merge(DELIVERY_CHECK, checks.rows)
    again = delivery_checks(lake, expectations, _NOW)
    assert again is not None
    assert again.newly_failed == []
    assert again.stopping.count() == 1
