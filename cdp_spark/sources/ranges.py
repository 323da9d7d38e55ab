"""Ranges of offsets or of a cursor: what a batch takes where nothing is delivered in files."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources.files import LISTED

CUT = "cut_offsets"
_BETWEEN = ".."


@dataclass(frozen=True)
class Range:
    """A part of a stream, written `STREAM/START..END` in bronze.file.

    A stream is a partition of a topic or a table with its cursor; it grows at one end only.
    """

    stream: str
    start: str
    end: str

    @property
    def file(self) -> str:
        """The name it has in bronze.file."""
        return f"{self.place}{_BETWEEN}{self.end}"

    @property
    def place(self) -> str:
        """Where it begins."""
        return f"{self.stream}/{self.start}"

    @classmethod
    def of(cls, file: str) -> Self:
        """The range of a name in bronze.file."""
        place, end = file.split(_BETWEEN)
        stream, start = place.rsplit("/", 1)
        return cls(stream, start, end)


def listed_ranges(spark: SparkSession, ranges: Iterable[Range]) -> DataFrame:
    """One row per range, as files are listed: it has no size and no time of change."""
    return spark.createDataFrame([(one.file, one.file, 0, None) for one in ranges], LISTED)


def checked_ranges(files: DataFrame, lost: dict[str, str]) -> DataFrame:
    """The ranges as files are checked; `lost` are those that can't be read, and why.

    How many records they hold is known when they have been read.
    """
    reason = F.lit(None).cast("string")
    for file, why in lost.items():
        reason = F.when(F.col("file") == file, F.lit(why)).otherwise(reason)
    return files.select(
        "file",
        F.col("file").alias("uri"),
        "size_bytes",
        "modified_at",
        F.lit(None).cast("string").alias("sha256"),
        F.lit(0).cast("long").alias("record_count"),
        reason.alias("reason"),
    )


def ends_of(known: DataFrame) -> dict[str, str]:
    """Stream → where its newest planned range ends; `known` are a source's rows of bronze.file.

    A range that was cut is planned anew from its start. Held on the driver: a stream is about
    100 bytes.
    """
    parts = F.split("file", r"\.\.")
    stream = F.regexp_extract("file", r"^(.*)/[^/]*$", 1)
    is_range = (F.size(parts) == 2) & F.col("sha256").isNull()  # noqa: PLR2004 - start and end
    counts = is_range & ~F.col("reason").eqNullSafe(CUT)
    newest = (
        known.where(counts)
        .groupBy(stream.alias("stream"))
        .agg(F.max_by(parts[1], "batch").alias("end"))
    )
    return {row["stream"]: row["end"] for row in newest.collect()}
