"""CSV files (RFC 4180); delimiter, quote, header and encoding are options of the source."""

import io
from collections.abc import Iterator

import pyarrow as pa
from pyarrow import csv

from cdp_spark.sources.reading import ReadingSettings
from cdp_spark.sources.rows import Ragged, table_reader
from cdp_spark.sources.texts import content, decoded

_BLOCK_BYTES = 16 << 20  # no row may be longer


def _batches(uri: str, reading: ReadingSettings, ragged: Ragged) -> Iterator[pa.RecordBatch]:
    """Rows of the file; those that do not fit its columns go to `ragged` unchanged."""

    def keep(row: csv.InvalidRow) -> str:
        ragged((row.text or "").encode())
        return "skip"

    names = list(reading.names)
    if reading.header:
        names = _open(uri, reading, _parse(reading, lambda _: "skip")).schema.names
    # Text only: Arrow would infer types from the first rows, and NA and null may be names.
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    yield from _open(uri, reading, _parse(reading, keep), convert)


def _parse(reading: ReadingSettings, ragged: "csv._InvalidRowHandler") -> csv.ParseOptions:
    return csv.ParseOptions(
        delimiter=reading.delimiter,
        quote_char=reading.quote,
        newlines_in_values=True,
        invalid_row_handler=ragged,
    )


def _open(
    uri: str,
    reading: ReadingSettings,
    parse: csv.ParseOptions,
    convert: csv.ConvertOptions | None = None,
) -> csv.CSVStreamingReader:
    # One thread: otherwise the order of the rows that do not fit varies.
    read = csv.ReadOptions(
        use_threads=False, block_size=_BLOCK_BYTES, column_names=reading.names or None
    )
    texts = decoded(content(uri), reading.encoding)
    stream = io.BufferedReader(_Bytes(texts), _BLOCK_BYTES)
    return csv.open_csv(stream, read, parse, convert)


class _Bytes(io.RawIOBase):
    """Texts as a file of UTF-8 bytes."""

    def __init__(self, texts: Iterator[str]) -> None:
        super().__init__()
        self._texts = texts
        self._held = memoryview(b"")

    def readable(self) -> bool:
        """Always true."""
        return True

    def readinto(self, space: memoryview) -> int:  # type: ignore[override]
        """Fill the space with the bytes available; returns their number, 0 at the end."""
        while not self._held:
            text = next(self._texts, None)
            if text is None:
                return 0
            self._held = memoryview(text.encode("utf-8", "surrogatepass"))
        size = min(len(space), len(self._held))
        space[:size] = self._held[:size]
        self._held = self._held[size:]
        return size


READER = table_reader(_batches, options=("encoding", "delimiter", "quote", "header", "names"))
