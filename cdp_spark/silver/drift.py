"""What changed in the fields a source brings: new, vanished, or of another type."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

NEW, VANISHED, RETYPED = "new", "vanished", "retyped"


def drift_of(shapes: DataFrame, last: int = 1) -> DataFrame:
    """The fields in which a source's last batches differ from all before: one row each.

    `shapes` are rows of silver.shape. `change` is new, vanished or retyped; `types` are those it
    has now, and `types_before` those it had; `since_at` is when the change landed, or, of what
    vanished, when it was last seen; `record_count` counts records of the last batches, or, of what
    vanished, those before. A null is no type: a field that is only null has vanished. A source
    whose batches are all among the last has nothing to differ from.
    """
    by_batch = Window.partitionBy("source").orderBy(F.col("batch").desc())
    recent = F.dense_rank().over(by_batch) <= last
    told = shapes.where(F.col("type") != "null").select("*", recent.alias("is_recent"))
    started = shapes.groupBy("source").agg(F.countDistinct("batch").alias("batch_count"))
    fields = told.groupBy("source", "path").agg(
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
