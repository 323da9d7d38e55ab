"""What counts as small: read as one partition, and written or read by the driver itself."""

from pyspark.sql import SparkSession

SETTING = "spark.cdp.smallBytes"
# One task joins or groups so much in seconds, as long as the exchanges take that it spares: half a
# million sightings are 18 MiB.
_DEFAULT = 32 << 20


def small_bytes(spark: SparkSession) -> int:
    """Up to how many bytes a table, a frame or a delivery is small; 0: Spark does everything."""
    return int(str(spark.conf.get(SETTING, str(_DEFAULT))))
