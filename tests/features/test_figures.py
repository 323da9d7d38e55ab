"""Named figures as one map."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.features.figures import named_map


def test_names_ascend_and_nulls_are_left_out(spark: SparkSession) -> None:
    named = {"b": F.lit(2), "c": F.lit(None), "a": F.lit(1)}
    row = spark.range(1).select(F.to_json(named_map(named)).alias("json")).first()
    assert row is not None
    assert row.json == '{"a":1.0,"b":2.0}'


def test_the_order_of_naming_changes_nothing(spark: SparkSession) -> None:
    one, other = {"a": F.lit(1), "b": F.lit(2)}, {"b": F.lit(2), "a": F.lit(1)}
    row = spark.range(1).select(F.to_json(named_map(one)), F.to_json(named_map(other))).first()
    assert row is not None
    assert row[0] == row[1]
