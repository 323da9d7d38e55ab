from datetime import UTC, datetime

from pyspark.sql import SparkSession

from cdp_spark.reports.flow import conservation, rejected_by_reason, seconds_per_step
from cdp_spark.tables.bronze import FILE, RECORD
from cdp_spark.tables.ops import RUN
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import DUPLICATE, EVENT, REJECTED

_SHOP = {"source": "shop"}


def test_seconds_are_those_of_the_latest_run_of_a_step(spark: SparkSession) -> None:
    runs = sample(
        spark,
        RUN,
        {"job": "b", "started_at": datetime(2025, 1, 2, tzinfo=UTC), "seconds": 9.0},
        {"job": "a", "started_at": datetime(2025, 1, 1, tzinfo=UTC), "seconds": 4.0},
        {"job": "a", "started_at": datetime(2025, 1, 3, tzinfo=UTC), "seconds": 2.0},
    )
    assert [tuple(row) for row in seconds_per_step(runs).collect()] == [("b", 9.0), ("a", 2.0)]


def test_received_is_accepted_rejected_and_duplicate_or_the_page_shows_it(
    spark: SparkSession,
) -> None:
    flow = conservation(
        sample(spark, RECORD, _SHOP, _SHOP, _SHOP, _SHOP, {"source": "till"}, {"source": "till"}),
        sample(spark, EVENT, _SHOP, _SHOP, {"source": "till"}),
        # The second was rejected once and accepted by a later replay.
        sample(spark, REJECTED, _SHOP, _SHOP | {"replayed_in": "run"}),
        sample(spark, DUPLICATE, _SHOP),
    )
    assert [tuple(row) for row in flow.collect()] == [
        ("shop", 4, 2, 1, 1, True),
        ("till", 2, 1, 0, 0, False),
    ]


def test_rows_of_a_source_that_never_delivered_show_as_unbalanced(spark: SparkSession) -> None:
    flow = conservation(
        sample(spark, RECORD),
        sample(spark, EVENT, _SHOP),
        sample(spark, REJECTED),
        sample(spark, DUPLICATE),
    )
    assert [tuple(row) for row in flow.collect()] == [("shop", 0, 1, 0, 0, False)]


def test_rejections_are_counted_by_reason_the_most_first(spark: SparkSession) -> None:
    late, broken = _SHOP | {"reason": "late"}, _SHOP | {"reason": "broken"}
    rejected = sample(spark, REJECTED, broken, late, late, broken | {"replayed_in": "run"})
    torn = _SHOP | {"reason": "broken_archive", "is_rejected": True, "batch": 1}
    files = sample(
        spark,
        FILE,
        torn | {"file_id": "1", "file": "torn.gz"},
        torn | {"file_id": "2", "file": "of/ana@shop.example.gz"},
        torn | {"file_id": "3", "file": "mended.gz"},
        _SHOP | {"file_id": "4", "file": "mended.gz", "is_rejected": False, "batch": 2},
    )
    assert [tuple(row) for row in rejected_by_reason(rejected, files).collect()] == [
        ("shop", "late", 2, 0, []),
        ("shop", "broken", 1, 0, []),
        ("shop", "broken_archive", 0, 2, ["of/x@x", "torn.gz"]),
    ]
