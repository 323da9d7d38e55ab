"""How rows that each stand for a file are spread over Spark's tasks."""

from pyspark.sql import DataFrame


def evenly_partitioned(rows: DataFrame) -> DataFrame:
    """The rows spread evenly over tasks: each row is a file or a part of one, so much work.

    With an explicit number, because otherwise Spark merges such small partitions into one task.
    """
    tasks = rows.sparkSession.conf.get("spark.sql.shuffle.partitions")
    return rows.repartition(int(tasks or 1))
