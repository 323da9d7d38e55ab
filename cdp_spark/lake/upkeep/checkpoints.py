"""Checkpoints of a table's log: the age of the newest, and writing one."""

import re

from pyspark.sql import SparkSession

from cdp_spark.files.folders import folder_names
from cdp_spark.lake.commits import driver_errors, driver_table
from cdp_spark.lake.storage import path_of, spark_log, version_of
from cdp_spark.tables import Table

_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint\..*(?:parquet|json)")


def commits_since_checkpoint(root: str, table: Table) -> int:
    """Number of commits that a reader has to open besides the newest checkpoint."""
    names = folder_names(f"{path_of(root, table)}/_delta_log")
    checkpoints = [int(found[1]) for name in names if (found := _CHECKPOINT.fullmatch(name))]
    return version_of(root, table) - max(checkpoints, default=-1)


def write_checkpoint(spark: SparkSession, root: str, table: Table) -> None:
    """Write a checkpoint of the newest version.

    Delta then decides which commits to remove from the log.
    """
    found = driver_table(root, table, version_of(root, table))
    if found is not None:
        with driver_errors(table):
            found.create_checkpoint()
        return
    log, _ = spark_log(spark, path_of(root, table))
    log.checkpoint()
