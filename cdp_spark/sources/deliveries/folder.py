"""A folder of files, each taken whole or refused whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources import Layout
from cdp_spark.sources.files import checked_files, listed_files
from cdp_spark.sources.reading import AS_IT_IS, ReadingSettings
from cdp_spark.sources.records import records_in
from cdp_spark.values.token import hashed


@dataclass(frozen=True)
class Folder:
    """The files below a folder; all that are there make one batch."""

    spark: SparkSession
    folder: str
    layout: Layout
    longest_record: int
    reading: ReadingSettings = AS_IT_IS
    counts_ahead: bool = True

    def listed(self, known: DataFrame) -> Iterator[DataFrame]:
        """One frame with one row per file; see `listed_files`."""
        del known  # what was taken in this form is left out by bronze
        yield listed_files(self.spark, self.folder)

    def checked(self, files: DataFrame) -> DataFrame:
        """The files with what a check finds; see `checked_files`."""
        located = self._located(files)
        return checked_files(located, self.layout, self.longest_record, self.reading)

    def records(self, files: DataFrame) -> DataFrame:
        """The records of the files; a record is named by its file and its position in it."""
        named = hashed(F.col("file_id"), F.col("position").cast("string"))
        found = records_in(self._located(files), self.layout, self.reading)
        return found.withColumn("record_id", named)

    def _located(self, files: DataFrame) -> DataFrame:
        folder = self.folder.rstrip("/")
        return files.withColumn("uri", F.concat(F.lit(f"{folder}/"), F.col("file")))
