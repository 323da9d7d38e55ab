from collections.abc import Callable

from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.launch import (
    rejected_files_sentence,
    rejected_sentence,
)
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import REJECTED


def test_rejections_above_the_limit_come_with_their_reasons_and_the_next_step(
    spark: SparkSession, open_lake: Callable[..., Lake]
) -> None:
    lake = open_lake()
    reasons = ("missing_id", "missing_id", "bad_amount")
    rows = [
        {"record_id": str(number), "source": "web", "reason": reason, "is_replayed": False}
        for number, reason in enumerate(reasons)
    ]
    lake.append_once(REJECTED, sample(spark, REJECTED, *rows), "test", 1)
    sentence = rejected_sentence(open_lake(), 0.123, 0.05)
    assert "12.3% of the records were rejected, project.rejected_limit is 5.0%" in sentence
    assert "web missing_id 2, web bad_amount 1. See `cdp rejected`" in sentence


def test_files_rejected_whole_are_counted_by_source_and_reason() -> None:
    torn, empty = ({"source": "web", "reason": one} for one in ("broken_archive", "empty_file"))
    sentence = rejected_files_sentence([torn, empty, torn])
    assert "3 files were rejected whole: web broken_archive 2, web empty_file 1" in sentence
    assert "`cdp rejected --dismiss`" in sentence
