"""A folder of files, each ingested whole or rejected whole."""

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.semantics.sizes import small_bytes
from cdp_spark.sources import ColumnsMissing, Layout
from cdp_spark.sources.files import checked_files, is_small_input, listed_files
from cdp_spark.sources.reader import MISSING
from cdp_spark.sources.reading import DEFAULT_READING, ReadingSettings, split_of
from cdp_spark.sources.records import lines_in, records_in
from cdp_spark.values.token import hashed

_DAY = re.compile(r"(?<![0-9])(20[0-9]{2})[-_.]?([01][0-9])[-_.]?([0-3][0-9])(?![0-9])")
# How much larger than their files records may be: compression, positions and names of files.
_GROWTH = 8
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Folder:
    """The files below a folder; all listed files are one batch.

    A snapshot is a batch of its own, in the order of the days in the files' names; without one, by
    the time they were modified. Its records were delivered on that day.
    """

    spark: SparkSession
    folder: str
    layout: Layout
    longest_record: int
    reading: ReadingSettings = DEFAULT_READING
    source: str = ""
    is_snapshot: bool = False
    counts_on_check: bool = True

    def listed(self, known: pa.Table) -> Iterator[pa.Table]:
        """One table with one row per file; see `listed_files`."""
        del known  # bronze leaves out files that it has
        listed = listed_files(self.folder)
        if not self.is_snapshot:
            yield listed
            return
        rows = sorted(listed.to_pylist(), key=lambda row: (_delivered_at(row), row["file"]))
        yield from (pa.Table.from_pylist([row], schema=listed.schema) for row in rows)

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
        if self.is_snapshot:
            moments = [_delivered_at(row) for row in located.to_pylist()]
            place = located.column_names.index("modified_at")
            kind = located.schema.field(place)
            located = located.set_column(place, kind, pa.array(moments, kind.type))
        return self._read(located).withColumn("record_id", record_id)

    def _read(self, located: pa.Table) -> DataFrame:
        most = small_bytes(self.spark)
        if is_small_input(located, self.layout, most):
            lines = lines_in(located, _GROWTH * most, split_of(self.reading))
            if lines is not None:
                return self.spark.createDataFrame(lines)
        files = self.spark.createDataFrame(located)
        return records_in(files, self.layout, self.reading)

    def _located(self, files: pa.Table) -> pa.Table:
        folder = self.folder.rstrip("/")
        uris = pa.array([f"{folder}/{file}" for file in files["file"].to_pylist()], pa.string())
        bare = files.drop_columns("uri") if "uri" in files.column_names else files
        return bare.append_column("uri", uris)


def _delivered_at(row: dict[str, Any]) -> datetime:
    """When a file was modified, on the day in its name if there is one."""
    modified_at: datetime = row["modified_at"]
    for year, month, day in _DAY.findall(row["file"].rsplit("/", 1)[-1]):
        with suppress(ValueError):
            return modified_at.replace(year=int(year), month=int(month), day=int(day))
    return modified_at
