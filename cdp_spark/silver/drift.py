"""Changes in the fields of a source: new, vanished, or of another type."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

NEW, VANISHED, RETYPED = "new", "vanished", "retyped"


def schema_drift(shapes: DataFrame, last: int = 1) -> DataFrame:
    """The fields in which the `last` batches of a source differ from all earlier ones: a row each.

    `shapes` are rows of silver.shape. `change` is new, vanished or retyped. `types` are the types
    now, `types_before` the earlier ones. `since_at` is when the change landed; for a vanished
    field, when it was last seen. `record_count` counts records of the last batches; for a vanished
    field, the earlier ones. Null is not a type: a field that is always null has vanished. A source
    without earlier batches has no drift.
    """
    by_batch = Window.partitionBy("source").orderBy(F.col("batch").desc())
    recent = F.dense_rank().over(by_batch) <= last
    typed = shapes.where(F.col("type") != "null").select("*", recent.alias("is_recent"))
    started = shapes.groupBy("source").agg(F.countDistinct("batch").alias("batch_count"))
    fields = typed.groupBy("source", "path").agg(
        F.sort_array(F.collect_set(F.when(F.col("is_recent"), F.col("type")))).alias("types"),
        F.sort_array(F.collect_set(F.when(~F.col("is_recent"), F.col("type")))).alias(
            "types_before"
        ),
        F.min(F.when(F.col("is_recent"), F.col("landed_at"))).alias("began_at"),
        F.max(F.when(~F.col("is_recent"), F.col("landed_at"))).alias("ended_at"),
        F.sum(F.when(F.col("is_recent"), F.col("record_count"))).alias("count_now"),
        F.sum(F.when(~F.col("is_recent"), F.col("record_count"))).alias("count_before"),
    )
    is_gone = F.size("types") == 0
    other_type = F.size(F.array_except("types", "types_before")) > 0
    change = (
        F.when(F.size("types_before") == 0, NEW).when(is_gone, VANISHED).when(other_type, RETYPED)
    )
    compared = fields.join(started.where(F.col("batch_count") > last), on="source", how="left_semi")
    return compared.select(
        "source",
        "path",
        change.alias("change"),
        "types",
        "types_before",
        F.when(is_gone, F.col("ended_at")).otherwise(F.col("began_at")).alias("since_at"),
        F.when(is_gone, F.col("count_before")).otherwise(F.col("count_now")).alias("record_count"),
    ).where(F.col("change").isNotNull())
