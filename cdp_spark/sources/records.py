"""The records of checked files: their bytes and where they stood."""

from collections.abc import Iterator

import pyarrow as pa
from pyarrow import compute, csv, parquet
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Layout
from cdp_spark.sources.streams import inflated, is_archive, opened, stored_chunks

RECORDS = "file_id string, file string, position long, raw binary"
_CHUNK_BYTES = 4 << 20
_RANGE_BYTES = 64 << 20
_ROWS = 20_000
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
    with every value as text and null left out. Plain files of lines are read in ranges of 64 MiB,
    archives and tables whole; one range is one task.
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

    # Round robin: ranges are few and large, and hash partitioning would put several on one task.
    return ranges.repartition(F.xxhash64("file_id", "range")).mapInArrow(read, RECORDS)


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
    start = 0 if part is None else part * _RANGE_BYTES
    end = None if part is None else start + _RANGE_BYTES
    offset, carried = start, b""
    is_inside = start == 0
    stored = stored_chunks(uri, max(start - 1, 0))
    for chunk in inflated(stored) if is_archive(uri) else stored:
        text = chunk
        if not is_inside:
            # The byte before the range tells whether a line begins with the range's first byte.
            head, newline, text = text.partition(b"\n")
            offset += len(head) if newline else len(chunk)
            is_inside = bool(newline)
            if not is_inside:
                continue
        *whole, carried = (carried + text).split(b"\n")
        for line in whole:
            if end is not None and offset >= end:
                return
            if line.strip():
                yield offset, line
            offset += len(line) + 1
    if carried.strip() and is_inside and (end is None or offset < end):
        yield offset, carried


def _rows(uri: str, layout: Layout) -> Iterator[tuple[int, bytes]]:
    """Rows as JSON of text values; rows that do not fit the columns as their own text."""
    system, path = opened(uri)
    ragged: list[tuple[int, bytes]] = []

    def keep(row: csv.InvalidRow) -> str:
        ragged.append((-1 - len(ragged), (row.text or "").encode()))
        return "skip"

    number = 0
    with system.open_input_file(path) as stream:
        if layout == "parquet":
            batches = parquet.ParquetFile(stream).iter_batches(batch_size=_ROWS)
        else:
            parse = csv.ParseOptions(invalid_row_handler=keep)
            names = csv.open_csv(system.open_input_stream(path), parse_options=parse).schema.names
            ragged.clear()
            convert = csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True
            )
            batches = csv.open_csv(stream, parse_options=parse, convert_options=convert)
        for batch in batches:
            for raw in _as_json(batch):
                yield number, raw
                number += 1
    yield from ragged


def _as_json(batch: pa.RecordBatch) -> list[bytes]:
    texts = {
        name: compute.cast(batch.column(name), pa.string()) for name in sorted(batch.schema.names)
    }
    frame = pa.table(texts).to_pandas()
    lines = frame.to_json(orient="records", lines=True, force_ascii=False)
    return [line.encode() for line in lines.split("\n") if line]
