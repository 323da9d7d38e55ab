from collections.abc import Callable
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from cdp_spark.lake import Lake, Overwrite, commits, snapshot
from cdp_spark.lake.snapshot import feed_size, has_changed, opened_table, snapshot_at
from cdp_spark.lake.storage import feed, path_of, rows_at, rows_by_delta, version_of
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT

Opened = Callable[..., Lake]


def _customers(spark: SparkSession, **cities: str) -> DataFrame:
    return sample(spark, CUSTOMER, *[{"customer_id": c, "city": v} for c, v in cities.items()])


def _changed(spark: SparkSession, open_lake: Opened) -> str:
    """A table with versions that insert two rows, update one and insert another, and delete two."""
    for cities in ({"a": "x", "b": "x"}, {"b": "y", "c": "y"}):
        open_lake().merge(CUSTOMER, _customers(spark, **cities))
    lake = open_lake()
    lake.publish({CUSTOMER: Overwrite(_customers(spark, b="y"))})
    return lake.root


def test_the_log_has_the_files_and_counts_of_a_version(
    spark: SparkSession, open_lake: Opened
) -> None:
    root = _changed(spark, open_lake)
    path, newest = path_of(root, CUSTOMER), version_of(root, CUSTOMER)
    counts = []
    for version in range(newest + 1):
        found = snapshot_at(path, version)
        assert found is not None
        assert all(Path(file).is_file() for file in found.files)
        assert found.size_bytes == sum(Path(file).stat().st_size for file in found.files)
        counts.append(found.row_count)
    assert counts == [0, 2, 3, 1]


def test_files_read_as_one_partition_are_what_delta_reads(
    spark: SparkSession, open_lake: Opened
) -> None:
    root = _changed(spark, open_lake)
    open_lake().merge(EVENT, sample(spark, EVENT, {"event_id": "a"}))
    for table in (CUSTOMER, EVENT):
        for version in range(version_of(root, table) + 1):
            ours, theirs = (
                reader(spark, root, table, version) for reader in (rows_at, rows_by_delta)
            )
            assert ours.schema.simpleString() == theirs.schema.simpleString()
            assert ours.rdd.getNumPartitions() <= 1
            shown = [
                sorted(row.asDict().__repr__() for row in one.collect()) for one in (ours, theirs)
            ]
            assert shown[0] == shown[1]


def test_the_size_of_a_change_feed_is_what_spark_counts(
    spark: SparkSession, open_lake: Opened
) -> None:
    root = _changed(spark, open_lake)
    path, newest = path_of(root, CUSTOMER), version_of(root, CUSTOMER)
    for first in range(1, newest + 1):
        size = feed_size(path, first, newest)
        assert size is not None
        assert size.row_count == feed(spark, root, CUSTOMER, first, newest).count()
        assert size.size_bytes > 0


def test_a_new_layout_changes_no_row(spark: SparkSession, open_lake: Opened) -> None:
    root = _changed(spark, open_lake)
    path, before = path_of(root, CUSTOMER), version_of(root, CUSTOMER)
    open_lake().merge(CUSTOMER, _customers(spark, d="z"))
    spark.sql(f"OPTIMIZE delta.`{path}`")
    assert version_of(root, CUSTOMER) == before + 2
    assert not has_changed(path, before + 2, before + 2)
    assert has_changed(path, before + 1, before + 2)
    (Path(path) / "_delta_log" / f"{before + 2:020}.json").unlink()
    assert has_changed(path, before + 2, before + 2)  # what is gone may have changed rows


def test_a_large_log_and_one_elsewhere_are_left_to_spark(
    spark: SparkSession, open_lake: Opened
) -> None:
    root = _changed(spark, open_lake)
    path = path_of(root, CUSTOMER)
    assert opened_table(path) is not None
    log = Path(path) / "_delta_log"
    (log / "_last_checkpoint").write_text('{"version": 0, "size": 1, "numOfAddFiles": 20001}')
    assert opened_table(path) is None
    assert snapshot_at(path, 1) is None
    assert opened_table("s3a://bucket/gold/customer") is None
    assert commits.driver_table(root, CUSTOMER, 1) is None
    assert snapshot.feed_size("s3a://bucket/gold/customer", 0, 1) is None
