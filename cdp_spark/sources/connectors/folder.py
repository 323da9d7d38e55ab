"""A folder of files, each ingested whole or rejected whole."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.semantics.sizes import small_bytes
from cdp_spark.sources import Layout
from cdp_spark.sources.files import checked_files, is_small_input, listed_files
from cdp_spark.sources.reading import DEFAULT_READING, ReadingSettings
from cdp_spark.sources.records import lines_in, records_in
from cdp_spark.values.token import hashed


@dataclass(frozen=True)
class Folder:
    """The files below a folder; all listed files are one batch."""

    spark: SparkSession
    folder: str
    layout: Layout
    longest_record: int
    reading: ReadingSettings = DEFAULT_READING
    counts_on_check: bool = True

    def listed(self, known: pa.Table) -> Iterator[pa.Table]:
        """One table with one row per file; see `listed_files`."""
        del known  # bronze leaves out files that it has
        yield listed_files(self.folder)

    def checked(self, files: pa.Table) -> pa.Table:
        """The files with the result of their check; see `checked_files`."""
        found = self._located(files)
        return checked_files(self.spark, found, self.layout, self.longest_record, self.reading)

    def records(self, files: pa.Table) -> DataFrame:
        """The records of the files; `record_id` is a hash of file and position."""
        record_id = hashed(F.col("file_id"), F.col("position").cast("string"))
        located = self._located(files)
        if is_small_input(located, self.layout, small_bytes(self.spark)):
            found = self.spark.createDataFrame(lines_in(located))
        else:
            found = records_in(self.spark.createDataFrame(located), self.layout, self.reading)
        return found.withColumn("record_id", record_id)

    def _located(self, files: pa.Table) -> pa.Table:
        folder = self.folder.rstrip("/")
        uris = pa.array([f"{folder}/{file}" for file in files["file"].to_pylist()], pa.string())
        bare = files.drop_columns("uri") if "uri" in files.column_names else files
        return bare.append_column("uri", uris)
