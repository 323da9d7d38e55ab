from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.values.mask import masked


def test_a_masked_value_keeps_its_first_letter_only(spark: SparkSession) -> None:
    rows = spark.createDataFrame([("Ana Maria",), ("Ö",), (None,), ("",)], "name string")
    shown = [row["shown"] for row in rows.select(masked(F.col("name")).alias("shown")).collect()]
    assert shown == ["A•••", "Ö•••", None, "•••"]
