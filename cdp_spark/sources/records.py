"""The records of checked files: their bytes and where they stood."""

from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Layout
from cdp_spark.sources.rows import text_rows
from cdp_spark.sources.streams import inflated, is_archive, lines_of, spread, stored_chunks

RECORDS = "file_id string, file string, position long, raw binary"
_CHUNK_BYTES = 4 << 20
_RANGE_BYTES = 64 << 20
_SCHEMA = pa.schema(
    [
        ("file_id", pa.string()),
        ("file", pa.string()),
        ("position", pa.int64()),
        ("raw", pa.binary()),
    ]
)


def records_in(files: DataFrame, layout: Layout) -> DataFrame:
    """One row per record of the files: `position` is a line's byte offset or a row's number.

    Lines keep their bytes without the line feed; blank lines are none. Rows of tables become JSON
    with every value as text. Plain files of lines are read in ranges of 64 MiB,
    archives and tables whole.
    """
    is_whole = F.lit(layout != "lines") | F.col("uri").endswith(".gz")
    last = F.when(is_whole, F.lit(0)).otherwise((F.col("size_bytes") - 1) / _RANGE_BYTES)
    ranges = files.select(
        "file_id",
        "file",
        "uri",
        F.explode(F.sequence(F.lit(0), F.greatest(last.cast("int"), F.lit(0)))).alias("range"),
        is_whole.alias("is_whole"),
    )

    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for task in batch.to_pylist():
                found = _lines(task["uri"], None if task["is_whole"] else task["range"])
                rows = found if layout == "lines" else _rows(task["uri"], layout)
                yield from _batches(rows, task["file_id"], task["file"])

    return spread(ranges).mapInArrow(read, RECORDS)


def _batches(
    rows: Iterator[tuple[int, bytes]], file_id: str, file: str
) -> Iterator[pa.RecordBatch]:
    positions: list[int] = []
    raws: list[bytes] = []
    size = 0
    for position, raw in rows:
        positions.append(position)
        raws.append(raw)
        size += len(raw)
        if size > _CHUNK_BYTES:
            yield _batch(positions, raws, file_id, file)
            positions, raws, size = [], [], 0
    if raws:
        yield _batch(positions, raws, file_id, file)


def _batch(positions: list[int], raws: list[bytes], file_id: str, file: str) -> pa.RecordBatch:
    count = len(raws)
    return pa.record_batch(
        [
            pa.repeat(pa.scalar(file_id), count),
            pa.repeat(pa.scalar(file), count),
            pa.array(positions, pa.int64()),
            pa.array(raws, pa.binary()),
        ],
        schema=_SCHEMA,
    )


def _lines(uri: str, part: int | None) -> Iterator[tuple[int, bytes]]:
    """Lines that begin in a range of the file, or all; with the offset of their first byte."""
    if part is None:
        stored = stored_chunks(uri)
        return lines_of(inflated(stored) if is_archive(uri) else stored)
    start = part * _RANGE_BYTES
    return lines_of(stored_chunks(uri, max(start - 1, 0)), start, start + _RANGE_BYTES)


def _rows(uri: str, layout: Layout) -> Iterator[tuple[int, bytes]]:
    """Rows as JSON of text values; rows that do not fit the columns as their own text."""
    ragged: list[bytes] = []
    number = 0
    for rows in text_rows(uri, layout, ragged.append):
        for raw in _as_json(rows):
            yield number, raw
            number += 1
    for place, raw in enumerate(ragged, start=1):
        yield -place, raw


def _as_json(rows: pa.Table) -> list[bytes]:
    lines = rows.to_pandas().to_json(orient="records", lines=True, force_ascii=False)
    return [line.encode() for line in lines.split("\n") if line]
