"""A folder of files, each ingested whole or rejected whole."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.semantics.sizes import small_bytes
from cdp_spark.sources import ColumnsMissing, Layout
from cdp_spark.sources.files import checked_files, is_small_input, listed_files
from cdp_spark.sources.reader import MISSING
from cdp_spark.sources.reading import DEFAULT_READING, ReadingSettings
from cdp_spark.sources.records import lines_in, records_in
from cdp_spark.values.token import hashed

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Folder:
    """The files below a folder; all listed files are one batch."""

    spark: SparkSession
    folder: str
    layout: Layout
    longest_record: int
    reading: ReadingSettings = DEFAULT_READING
    source: str = ""
    counts_on_check: bool = True

    def listed(self, known: pa.Table) -> Iterator[pa.Table]:
        """One table with one row per file; see `listed_files`."""
        del known  # bronze leaves out files that it has
        yield listed_files(self.folder)

    def checked(self, files: pa.Table) -> pa.Table:
        """The files with the result of their check; see `checked_files`.

        Raises:
            ColumnsMissing: a file lacks a column; no file is ingested before the settings or the
                file are right.
        """
        found = self._located(files)
        checked = checked_files(self.spark, found, self.layout, self.longest_record, self.reading)
        sentences = self._missing_columns(checked.to_pylist())
        if sentences and any(reason == MISSING for reason in checked["reason"].to_pylist()):
            raise ColumnsMissing("\n".join(sentences))
        for sentence in sentences:
            _log.warning("%s", sentence)
        return checked

    def _missing_columns(self, checked: list[dict[str, Any]]) -> list[str]:
        """A sentence for the first file of each kind that lacks columns."""
        lacking = [row for row in checked if row["detail"] and row["reason"] in {None, MISSING}]
        first = {row["detail"]: row["file"] for row in reversed(lacking)}
        return [
            f"source {self.source}: file {file}: {detail}. Correct columns or identifiers of the "
            "source in conf/sources.yaml, or set on_missing_column: warn"
            for detail, file in first.items()
        ]

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
