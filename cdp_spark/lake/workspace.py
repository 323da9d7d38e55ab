"""The staging folder of a run: materialized frames, and the cleanup after killed runs.

Folders of frames are numbered, so that no frame replaces another. Rows are counted while they are
written.
"""

import hashlib
import os
import socket
from dataclasses import dataclass, field
from itertools import count

import psutil
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from cdp_spark.files.folders import files_in, folder_names, remove_folder
from cdp_spark.lake.storage import no_rows, rows_of_files
from cdp_spark.semantics.sizes import small_bytes

# Machines that share a lake can't see each other's processes.
_HOST = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
_PROCESS = f"{os.getpid()}-{_HOST}"
# Snappy is fast, and all readers support it, unlike Hadoop's lz4. Most columns are hashes and texts
# that hardly repeat, so dictionaries would only cost time.
_PARQUET = {"compression": "snappy", "parquet.enable.dictionary": "false"}
# Per process, so that two lakes with one run id do not share folders.
_NUMBERS = count()


@dataclass(frozen=True)
class Materialized:
    """Materialized rows: the frame that reads them, their folder and number.

    `is_small`: they are one partition, and fit on the driver.
    """

    rows: DataFrame
    folder: str
    row_count: int
    is_small: bool


@dataclass
class Workspace:
    """The materialized frames of one run."""

    spark: SparkSession
    root: str
    run_id: str
    _counts: dict[int, tuple[DataFrame, int]] = field(default_factory=dict)
    _small: set[int] = field(default_factory=set)

    @property
    def folder(self) -> str:
        """The folder for frames of this run and process."""
        return f"{self.root}/_staging/{_PROCESS}-{self.run_id}"

    @property
    def checkpoints(self) -> str:
        """The checkpoint folder of this process; others may use the same lake."""
        return f"{self.root}/_checkpoints/{_PROCESS}"

    def materialize(self, name: str, rows: DataFrame) -> Materialized:
        """The rows computed once and written to a numbered folder."""
        folder = f"{self.folder}/{next(_NUMBERS):05d}-{name}"
        observation = Observation()
        counted = rows.observe(observation, F.count(F.lit(1)).alias("row_count"))
        counted.write.options(**_PARQUET).parquet(folder)
        observed, files = observation.get.get("row_count"), _files_in(folder)
        if observed is None:  # a plan may drop the observation; that does not mean zero rows
            observed = self.spark.read.schema(rows.schema).parquet(folder).count()
        row_count = int(observed)
        is_small = sum(size for _, size in files) <= small_bytes(self.spark)
        if row_count == 0:
            frame = no_rows(self.spark, rows.schema)
        elif is_small:
            frame = rows_of_files(self.spark, [file for file, _ in files], rows.schema)
        else:
            frame = self.spark.read.schema(rows.schema).parquet(folder)
        self._counts[id(frame)] = (frame, row_count)
        if is_small:
            self._small.add(id(frame))
        return Materialized(frame, folder, row_count, is_small)

    def count(self, rows: DataFrame) -> int:
        """Number of rows of a frame; already known if it was materialized here."""
        known = self._counts.get(id(rows))
        return known[1] if known else rows.count()

    def is_small(self, rows: DataFrame) -> bool:
        """Whether a frame was materialized here and is one small partition."""
        return id(rows) in self._small

    def discard(self) -> None:
        """Remove the frames of the run; they can't be read any more."""
        remove_folder(self.folder)
        remove_folder(self.checkpoints)
        self._counts.clear()
        self._small.clear()

    def sweep(self) -> None:
        """Remove the frames of killed runs on this machine."""
        for folder in ("_staging", "_checkpoints"):
            for name in folder_names(f"{self.root}/{folder}"):
                process, host = [*name.split("-", 2), ""][:2]
                is_ours = host == _HOST and process.isdigit()
                if is_ours and not psutil.pid_exists(int(process)):
                    remove_folder(f"{self.root}/{folder}/{name}")


def _files_in(folder: str) -> list[tuple[str, int]]:
    """Path or URI and size of the data files of a frame."""
    return [
        (file.uri, file.size_bytes) for file in files_in(folder) if file.name.endswith(".parquet")
    ]
