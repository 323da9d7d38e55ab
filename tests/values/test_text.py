from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.values.text import stripped


def test_blanks_of_every_kind_go_and_those_inside_stay(spark: SparkSession) -> None:
    given = [("a",), (" \t\na b\r\x0b\f ",), ("",), (" \n",), (None,)]
    rows = spark.createDataFrame(given, "text string")
    found = [row[0] for row in rows.select(stripped(F.col("text"))).collect()]
    assert found == ["a", "a b", "", "", None]
