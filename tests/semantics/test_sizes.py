from pathlib import Path

import pyarrow as pa
from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.lake.storage import path_of
from cdp_spark.semantics.sizes import SETTING, small_bytes
from cdp_spark.sources.files import is_small_input
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.sample import sample


def test_spark_does_everything_where_nothing_is_small(spark: SparkSession, lake: Lake) -> None:
    files = pa.table({"size_bytes": [10]})
    assert small_bytes(spark) == 32 << 20
    assert is_small_input(files, "lines", small_bytes(spark))
    assert not is_small_input(files, "csv", small_bytes(spark))
    spark.conf.set(SETTING, "0")
    try:
        assert small_bytes(spark) == 0
        assert not is_small_input(files, "lines", small_bytes(spark))
        for city in ("x", "y"):
            lake.merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "a", "city": city}))
    finally:
        spark.conf.unset(SETTING)
    newest = max((Path(path_of(lake.root, CUSTOMER)) / "_delta_log").glob("*.json"))
    assert '"engineInfo":"Apache-Spark' in newest.read_text()
    assert [row["city"] for row in lake.read(CUSTOMER).collect()] == ["y"]
