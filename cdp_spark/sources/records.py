"""The records of checked files: their bytes and positions."""

import sys
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.files.content import inflated, is_archive, stored_chunks
from cdp_spark.files.lines import lines_of
from cdp_spark.sources import Layout
from cdp_spark.sources.layouts import reader_of
from cdp_spark.sources.partitions import evenly_partitioned
from cdp_spark.sources.reading import DEFAULT_READING, ReadingSettings, split_of
from cdp_spark.sources.splits import ROW_BYTES, Split, split_elements, split_lines

RECORDS = "file_id string, file string, position long, raw binary, delivered_at timestamp"
_CHUNK_BYTES = 4 << 20
_RANGE_BYTES = 64 << 20
_SCHEMA = pa.schema(
    [
        ("file_id", pa.string()),
        ("file", pa.string()),
        ("position", pa.int64()),
        ("raw", pa.binary()),
        ("delivered_at", pa.timestamp("us", tz="UTC")),
    ]
)


def records_in(
    files: DataFrame, layout: Layout, reading: ReadingSettings = DEFAULT_READING
) -> DataFrame:
    """One row per record of the files: `position` is a line's byte offset or a row's number.

    `delivered_at` is when the file was last modified. Lines keep their bytes without the line feed;
    blank lines are skipped. Rows of tables become JSON with every value as text. Records that hold
    several are split; see `splits`. Uncompressed line files are read in ranges of 64 MiB, each
    other file by one task.
    """
    split = split_of(reading)
    is_whole = F.lit(layout != "lines") | F.col("uri").endswith(".gz")
    last = F.when(is_whole, F.lit(0)).otherwise((F.col("size_bytes") - 1) / _RANGE_BYTES)
    ranges = files.select(
        "file_id",
        "file",
        "uri",
        "modified_at",
        F.explode(F.sequence(F.lit(0), F.greatest(last.cast("int"), F.lit(0)))).alias("range"),
        is_whole.alias("is_whole"),
    )

    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for task in batch.to_pylist():
                if layout == "lines":
                    lines = _lines(task["uri"], None if task["is_whole"] else task["range"])
                    found = split_lines(lines, split)
                else:  # the check has rejected files with longer records
                    records = reader_of(layout).records(task["uri"], reading, sys.maxsize)
                    found = split_elements(records, split)
                yield from _batches(found, task)

    return evenly_partitioned(ranges).mapInArrow(read, RECORDS)


def lines_in(files: pa.Table, most_bytes: int, split: Split | None = None) -> pa.Table | None:
    """The records of a few small line files, read by this process; see `records_in`.

    None if they have more than `most_bytes`: parts of a record may repeat some of it.
    """
    found: list[pa.RecordBatch] = []
    size = 0
    for task in files.to_pylist():
        for batch in _batches(split_lines(_lines(task["uri"], None), split), task):
            size += batch.nbytes
            if size > most_bytes:
                return None
            found.append(batch)
    return pa.Table.from_batches(found, schema=_SCHEMA)


def _batches(rows: Iterator[tuple[int, bytes]], task: dict[str, Any]) -> Iterator[pa.RecordBatch]:
    positions: list[int] = []
    raws: list[bytes] = []
    size = 0
    for position, raw in rows:
        positions.append(position)
        raws.append(raw)
        size += len(raw) + ROW_BYTES
        if size > _CHUNK_BYTES:
            yield _batch(positions, raws, task)
            positions, raws, size = [], [], 0
    if raws:
        yield _batch(positions, raws, task)


def _batch(positions: list[int], raws: list[bytes], task: dict[str, Any]) -> pa.RecordBatch:
    count = len(raws)
    moment = pa.scalar(task["modified_at"], pa.timestamp("us", tz="UTC"))
    return pa.record_batch(
        [
            pa.repeat(pa.scalar(task["file_id"]), count),
            pa.repeat(pa.scalar(task["file"]), count),
            pa.array(positions, pa.int64()),
            pa.array(raws, pa.binary()),
            pa.repeat(moment, count),
        ],
        schema=_SCHEMA,
    )


def _lines(uri: str, part: int | None) -> Iterator[tuple[int, bytes]]:
    """Lines that begin in a part of the file, or all, with the offset of their first byte."""
    if part is None:
        stored = stored_chunks(uri)
        return lines_of(inflated(stored) if is_archive(uri) else stored)
    start = part * _RANGE_BYTES
    return lines_of(stored_chunks(uri, max(start - 1, 0)), start, start + _RANGE_BYTES)
