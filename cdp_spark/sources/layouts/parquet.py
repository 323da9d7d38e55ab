"""Parquet files, by row group."""

from collections.abc import Iterator

import pyarrow as pa
from pyarrow import parquet

from cdp_spark.files.locations import opened
from cdp_spark.sources.reading import ReadingSettings
from cdp_spark.sources.rows import Ragged, table_reader

_ROWS = 20_000


def _batches(uri: str, reading: ReadingSettings, ragged: Ragged) -> Iterator[pa.RecordBatch]:
    del reading, ragged  # Parquet needs no options
    system, path = opened(uri)
    with system.open_input_file(path) as stream:
        yield from parquet.ParquetFile(stream).iter_batches(batch_size=_ROWS)


READER = table_reader(_batches)
