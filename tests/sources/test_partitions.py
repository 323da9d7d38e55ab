from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources.partitions import evenly_partitioned


def test_many_small_files_are_spread_over_tasks(spark: SparkSession) -> None:
    """Left to itself, Spark would give them all to one."""
    files = spark.createDataFrame([(str(number),) for number in range(40)], "file string")
    task = F.spark_partition_id().alias("task")
    shares = [row["count"] for row in evenly_partitioned(files).groupBy(task).count().collect()]
    assert sorted(shares) == [20, 20]
