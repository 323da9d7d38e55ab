"""What counts as small: read as one partition, and written or read by the driver itself."""

from pyspark.sql import SparkSession

SETTING = "spark.cdp.smallBytes"
# One task reads so much in a second or two; two exchanges take as long.
_DEFAULT = 8 << 20


def small_bytes(spark: SparkSession) -> int:
    """Up to how many bytes a table, a frame or a delivery is small; 0: Spark does everything."""
    return int(str(spark.conf.get(SETTING, str(_DEFAULT))))
