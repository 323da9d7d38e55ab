"""Rows of delivered table files, every value as text."""

import json
from collections.abc import Callable, Iterator

import pyarrow as pa
from pyarrow import compute, csv, parquet

from cdp_spark.sources import Layout
from cdp_spark.sources.streams import opened

_ROWS = 20_000
_BLOCK_BYTES = 16 << 20  # no row of a CSV file may be longer


def text_rows(uri: str, layout: Layout, ragged: Callable[[bytes], None]) -> Iterator[pa.Table]:
    """Rows of a table file in batches, every value as text, columns in the order of their names.

    Rows of a CSV file that do not fit its columns go to `ragged` as they stand. The check of a
    file and the reading of its rows both go by this, so what passed the one can't fail the other.

    Raises:
        pyarrow.ArrowInvalid: not of its layout, not UTF-8, or a column name stands twice.
        OSError: it is damaged or can't be read.
    """
    batches = _parquet(uri) if layout == "parquet" else _csv(uri, ragged)
    for batch in batches:
        names = sorted(batch.schema.names)
        if len(set(names)) < len(names) or not names:
            raise pa.ArrowInvalid(f"{uri}: expected columns of different names, found {names}")
        yield pa.table({name: _text(batch.column(name)) for name in names})


def _parquet(uri: str) -> Iterator[pa.RecordBatch]:
    system, path = opened(uri)
    with system.open_input_file(path) as stream:
        yield from parquet.ParquetFile(stream).iter_batches(batch_size=_ROWS)


def _csv(uri: str, ragged: Callable[[bytes], None]) -> Iterator[pa.RecordBatch]:
    system, path = opened(uri)

    def keep(row: csv.InvalidRow) -> str:
        ragged((row.text or "").encode())
        return "skip"

    # One thread: else rows that do not fit come in another order each time.
    read = csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES)
    parse = csv.ParseOptions(newlines_in_values=True, invalid_row_handler=keep)
    with system.open_input_stream(path) as stream:
        names = _header(stream)
    # Text only: a guessed type would be that of the first rows; NA and null may be names.
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    with system.open_input_stream(path) as stream:
        yield from csv.open_csv(stream, read, parse, convert)


def _header(stream: pa.NativeFile) -> list[str]:
    read = csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES)
    parse = csv.ParseOptions(newlines_in_values=True, invalid_row_handler=lambda _: "skip")
    names: list[str] = csv.open_csv(stream, read, parse).schema.names
    return names


def _text(values: pa.Array) -> pa.Array:
    if not pa.types.is_nested(values.type):
        return compute.cast(values, pa.string())
    texts = [
        None if one is None else json.dumps(one, default=str, ensure_ascii=False)
        for one in values.to_pylist()
    ]
    return pa.array(texts, pa.string())
