"""The layout of a table's files: what is due, and rewriting it.

A small table stays plain (no clustering, no deletion vectors), so that the driver can read and
write it. A table that has grown is clustered by the columns of its contract; merge tables get
deletion vectors with it, except in gold, which readers without deletion vectors open. A clustered
table stays clustered when it shrinks.
"""

from dataclasses import dataclass

import pyarrow as pa
from deltalake import CommitProperties
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake.commits import driver_errors, driver_table
from cdp_spark.lake.conflicts import conflict_errors
from cdp_spark.lake.session import overridden
from cdp_spark.lake.snapshot import opened_table
from cdp_spark.lake.storage import path_of, spark_log, version_of
from cdp_spark.lake.upkeep.settings import MaintenanceSettings
from cdp_spark.tables import Table
from cdp_spark.tables.contract import FACT

_OPTIMIZE = "spark.databricks.delta.optimize"
_CUBE = f"{_OPTIMIZE}.clustering.mergeStrategy.minCubeSize"
_VECTORS = "deletionVectors"


@dataclass(frozen=True)
class Layout:
    """The files of a table's newest version.

    `loose_count` and `loose_bytes` are the files of a clustered table that are not clustered yet.
    """

    file_count: int
    small_count: int
    size_bytes: int
    clustered_by: tuple[str, ...] = ()
    loose_count: int = 0
    loose_bytes: int = 0
    has_vectors: bool = False


@dataclass(frozen=True)
class Rearrangement:
    """The steps that are due: clustering, deletion vectors, and a rewrite of files."""

    cluster_by: tuple[str, ...] = ()
    enable_vectors: bool = False
    rewrite: bool = False

    @property
    def steps(self) -> tuple[str, ...]:
        """One phrase per step."""
        clustering = [f"cluster by {', '.join(self.cluster_by)}"] if self.cluster_by else []
        vectors = ["enable deletion vectors"] if self.enable_vectors else []
        return (*clustering, *vectors, *(["optimize"] if self.rewrite else []))


def due_steps(table: Table, layout: Layout, settings: MaintenanceSettings) -> Rearrangement:
    """The steps that are due for a table, given its size and files."""
    is_large = layout.size_bytes >= settings.cluster_above_bytes
    if not layout.clustered_by and not (is_large and table.clustering):
        return Rearrangement(rewrite=layout.small_count > settings.compact_above_files)
    cluster_by = () if layout.clustered_by == table.clustering else table.clustering
    is_behind = (
        layout.loose_count > settings.compact_above_files
        or layout.loose_bytes >= settings.file_bytes
    )
    return Rearrangement(
        cluster_by,
        enable_vectors=is_large and _may_have_vectors(table) and not layout.has_vectors,
        rewrite=bool(cluster_by) or is_behind,
    )


def layout_of(
    spark: SparkSession, root: str, table: Table, settings: MaintenanceSettings
) -> Layout:
    """The layout of the newest version, without a Spark job if the table is small and plain."""
    path = path_of(root, table)
    found = opened_table(path)
    if found is None or "clustering" in (found.protocol().writer_features or ()):
        return _layout_by_spark(spark, path, settings)
    sizes = pa.table(found.get_add_actions(flatten=True))["size_bytes"].to_pylist()
    return Layout(
        file_count=len(sizes),
        small_count=sum(size < settings.small_file_bytes for size in sizes),
        size_bytes=sum(sizes),
        has_vectors=_VECTORS in (found.protocol().reader_features or ()),
    )


def rearrange(
    spark: SparkSession,
    root: str,
    table: Table,
    needed: Rearrangement,
    settings: MaintenanceSettings,
) -> None:
    """Run the steps that are due, in commits that change no row.

    After a kill in between, the next call does the rest: a table that is clustered but not
    optimized has loose files.

    Raises:
        TableMoved: another process committed to the table meanwhile.
    """
    path = path_of(root, table)
    with conflict_errors(table.name):
        if needed.cluster_by:
            columns = ", ".join(f"`{name}`" for name in needed.cluster_by)
            spark.sql(f"ALTER TABLE delta.`{path}` CLUSTER BY ({columns})")
        if needed.enable_vectors:
            spark.sql(
                f"ALTER TABLE delta.`{path}` "
                "SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')"
            )
        if needed.rewrite and not _compacted_on_driver(root, table, settings):
            with overridden(spark, _sizes(settings)):
                spark.sql(f"OPTIMIZE delta.`{path}`")


def _compacted_on_driver(root: str, table: Table, settings: MaintenanceSettings) -> bool:
    found = driver_table(root, table, version_of(root, table))
    if found is None:
        return False
    with driver_errors(table):
        found.optimize.compact(
            target_size=settings.file_bytes,
            commit_properties=CommitProperties(max_commit_retries=0),
        )
    return True


def _sizes(settings: MaintenanceSettings) -> dict[str, str]:
    # Delta's defaults are 1 GiB per file, which leaves nothing to skip, and 100 GiB of clustered
    # files that each OPTIMIZE rewrites together with the new ones.
    return {
        f"{_OPTIMIZE}.maxFileSize": str(settings.file_bytes),
        f"{_OPTIMIZE}.minFileSize": str(settings.file_bytes),
        f"{_CUBE}.threshold": str(settings.cluster_above_bytes),
        f"{_CUBE}.targetCubeSize": str(settings.cluster_above_bytes * 3 // 2),
    }


def _layout_by_spark(spark: SparkSession, path: str, settings: MaintenanceSettings) -> Layout:
    detail = spark.sql(f"DESCRIBE DETAIL delta.`{path}`").collect()[0]
    _, newest = spark_log(spark, path)
    is_loose, size = F.col("clusteringProvider").isNull(), F.col("size")
    files = DataFrame(newest.allFiles().toDF(), spark).agg(
        F.count("*").alias("file_count"),
        F.count_if(size < settings.small_file_bytes).alias("small_count"),
        F.coalesce(F.sum(size), F.lit(0)).alias("size_bytes"),
        F.count_if(is_loose).alias("loose_count"),
        F.coalesce(F.sum(F.when(is_loose, size)), F.lit(0)).alias("loose_bytes"),
    )
    return Layout(
        **files.collect()[0].asDict(),
        clustered_by=tuple(detail["clusteringColumns"] or ()),
        has_vectors=_VECTORS in detail["tableFeatures"],
    )


def _may_have_vectors(table: Table) -> bool:
    return table.kind != FACT and not table.name.startswith("gold.")
