"""What is small: read as one partition, written by the driver, not worth compiling."""

from pyspark.sql import SparkSession

SETTING = "spark.cdp.smallBytes"
# One task joins or groups this much in seconds, which is what the exchanges would cost: half a
# million sightings are 18 MiB.
_DEFAULT = 32 << 20
INTERPRETED = "spark.cdp.interpretedBytes"
# On tables of 300 people, compiling plans took half of the processor time.
_INTERPRETED_DEFAULT = 8 << 20


def small_bytes(spark: SparkSession) -> int:
    """Size up to which a table, frame or file is small; 0: Spark does everything."""
    return int(str(spark.conf.get(SETTING, str(_DEFAULT))))


def interpreted_bytes(spark: SparkSession) -> int:
    """Size of the tables read up to which a run's plans are interpreted; negative: never."""
    return int(str(spark.conf.get(INTERPRETED, str(_INTERPRETED_DEFAULT))))
