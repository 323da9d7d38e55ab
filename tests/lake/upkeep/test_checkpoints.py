from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.lake.fingerprint import content_hash
from cdp_spark.lake.storage import path_of, rows_by_delta, version_of
from cdp_spark.lake.upkeep.checkpoints import commits_since_checkpoint, write_checkpoint
from cdp_spark.tables import Table
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT


@pytest.mark.parametrize(("table", "column"), [(CUSTOMER, "customer_id"), (EVENT, "event_key")])
def test_a_checkpoint_is_written_and_counted_from(
    spark: SparkSession, lake: Lake, table: Table, column: str
) -> None:
    lake.merge(table, sample(spark, table, {column: "a"}))
    assert commits_since_checkpoint(lake.root, table) == 2
    before = content_hash(rows_by_delta(spark, lake.root, table, 1), table)
    write_checkpoint(spark, lake.root, table)
    assert commits_since_checkpoint(lake.root, table) == 0
    assert version_of(lake.root, table) == 1
    for name in (f"{version:020}.json" for version in range(2)):
        assert (Path(path_of(lake.root, table)) / "_delta_log" / name).exists()
    assert content_hash(rows_by_delta(spark, lake.root, table, 1), table) == before
    lake.merge(table, sample(spark, table, {column: "b"}))
    assert commits_since_checkpoint(lake.root, table) == 1
