"""What counts as small: read as one partition, written by the driver, and not worth compiling."""

from pyspark.sql import SparkSession

SETTING = "spark.cdp.smallBytes"
# One task joins or groups so much in seconds, as long as the exchanges take that it spares: half a
# million sightings are 18 MiB.
_DEFAULT = 32 << 20
INTERPRETED = "spark.cdp.interpretedBytes"
# A round over the tables of 300 people took half of its processor time to compile plans.
_INTERPRETED_DEFAULT = 8 << 20


def small_bytes(spark: SparkSession) -> int:
    """Up to how many bytes a table, a frame or a delivery is small; 0: Spark does everything."""
    return int(str(spark.conf.get(SETTING, str(_DEFAULT))))


def interpreted_bytes(spark: SparkSession) -> int:
    """Up to how many bytes of tables read a run's plans are interpreted; negative: never."""
    return int(str(spark.conf.get(INTERPRETED, str(_INTERPRETED_DEFAULT))))
