from collections.abc import Callable
from pathlib import Path

from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.lake.storage import path_of
from cdp_spark.tables.gold import CUSTOMER, ORDER
from cdp_spark.tables.sample import sample

Opened = Callable[..., Lake]


def test_a_run_sees_tables_as_they_were_when_it_began(
    spark: SparkSession, open_lake: Opened
) -> None:
    open_lake().merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "a"}))
    mine = open_lake()
    mine.versions.pin([CUSTOMER, ORDER])
    open_lake().merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "b"}))
    assert mine.read(CUSTOMER).count() == 1
    assert mine.table_versions() == {CUSTOMER.name: 1}


def test_a_table_is_as_left_until_somebody_else_changes_its_rows(
    spark: SparkSession, open_lake: Opened
) -> None:
    assert open_lake().is_unchanged_by_others(CUSTOMER)
    first = open_lake()
    first.merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "a"}))
    assert first.is_unchanged_by_others(CUSTOMER)
    assert not open_lake().is_unchanged_by_others(CUSTOMER)  # the run was not finished
    first.finish(0.0)
    assert open_lake().is_unchanged_by_others(CUSTOMER)
    spark.sql(f"OPTIMIZE delta.`{path_of(first.root, CUSTOMER)}`")
    assert open_lake().is_unchanged_by_others(CUSTOMER)
    assert not open_lake("another").is_unchanged_by_others(CUSTOMER)
    open_lake("another").merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "b"}))
    assert not open_lake().is_unchanged_by_others(CUSTOMER)


def test_the_size_of_tables_is_that_of_their_files(spark: SparkSession, open_lake: Opened) -> None:
    assert open_lake().versions.size_bytes([CUSTOMER, ORDER]) == 0
    open_lake().merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "a"}))
    lake = open_lake()
    (file,) = (Path(path_of(lake.root, CUSTOMER))).glob("*.parquet")
    assert lake.versions.size_bytes([CUSTOMER, ORDER]) == file.stat().st_size
    (file.parent / "_delta_log" / "_last_checkpoint").write_text('{"numOfAddFiles": 99999}')
    assert open_lake().versions.size_bytes([CUSTOMER]) is None
