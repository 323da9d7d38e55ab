"""CSV files (RFC 4180); delimiter, quote, header and encoding are options of the source.

A row that does not fit is kept as its text, with the reason: `wrong_cell_count`, or
`unclosed_quote` for a quote that would swallow the rows below it.
"""

import csv as text_csv
import io
import re
from collections.abc import Iterator

import pyarrow as pa
from pyarrow import csv

from cdp_spark.sources.columns import matched_names, tidy_names
from cdp_spark.sources.quotes import whole_records
from cdp_spark.sources.reader import FileRejected
from cdp_spark.sources.reading import ReadingSettings
from cdp_spark.sources.rows import Ragged, table_reader
from cdp_spark.sources.texts import broken_row, content, decoded

_BLOCK_BYTES = 16 << 20  # no row may be longer
SEPARATOR_LINE = re.compile(r'"?sep=.?"?\s*$', re.IGNORECASE)
_MOST_HEADER_LINES = 20


def _batches(uri: str, reading: ReadingSettings, ragged: Ragged) -> Iterator[pa.RecordBatch]:
    """Rows of the file; those that do not fit its columns go to `ragged` with the reason."""

    def keep(row: csv.InvalidRow) -> str:
        detail = f"found {row.actual_columns} cells, expected {row.expected_columns}"
        ragged(broken_row("wrong_cell_count", detail, row.text or ""))
        return "skip"

    lines = _Lines(decoded(content(uri), reading.encoding))
    names = _names(lines, reading)
    if not names:
        return
    cell_count = len(names) + reading.trailing_delimiter
    texts = whole_records(lines.blocks(), reading, cell_count, ragged)
    first = next((text for text in texts if text.strip()), None)
    if first is None:
        return
    # Text only: Arrow would infer types from the first rows, and NA and null may be names.
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    parse = csv.ParseOptions(
        delimiter=reading.delimiter,
        quote_char=reading.quote or False,
        escape_char=reading.escape or False,
        newlines_in_values=True,
        invalid_row_handler=keep,
    )
    # One thread: otherwise the order of the rows that do not fit varies.
    read = csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES, column_names=names)
    stream = io.BufferedReader(_Bytes(first, texts), _BLOCK_BYTES)
    yield from csv.open_csv(stream, read, parse, convert)


class _Lines:
    """Lines of a text, one by one for its head, then in blocks."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._held = ""
        self._is_ended = False
        self._end = "\n"

    def next(self) -> str | None:
        """The next line without its end; None after the last."""
        while self._end not in self._held and not self._is_ended:
            text = next(self._texts, None)
            self._is_ended = text is None
            self._held += text or ""
            if "\n" not in self._held and "\r" in self._held[:-1]:
                self._end = "\r"
        if not self._held:
            return None
        line, _, self._held = self._held.partition(self._end)
        return line.removesuffix("\r")

    def put_back(self, line: str | None) -> None:
        """Make a line the next one again."""
        if line is not None:
            self._held = line + self._end + self._held

    def blocks(self) -> Iterator[list[str]]:
        """The lines that follow, in blocks."""
        remainder = self._held
        for text in self._texts if not self._is_ended else ():
            *whole, remainder = (remainder + text).split(self._end)
            if whole:
                yield whole
        if remainder:
            yield remainder.split(self._end)


def _names(lines: _Lines, reading: ReadingSettings) -> list[str]:
    """The names of the columns; the lines of the head are read. Empty if there are none."""
    line = lines.next()
    if line is not None and SEPARATOR_LINE.match(line):
        line = lines.next()
    above = reading.skip_lines + (reading.header_row - 1 if reading.header else 0)
    for _ in range(above):
        line = lines.next()
    if not reading.header:
        lines.put_back(line)
        return matched_names(reading.names, reading)
    while reading.header_row == 1 and line is not None and not line.strip():
        line = lines.next()
    if line is None:
        return []
    cells = _cells(line, lines, reading)
    if reading.trailing_delimiter and not cells[-1].strip():
        cells = cells[:-1]
    return matched_names(tidy_names(cells), reading)


def _cells(line: str, lines: _Lines, reading: ReadingSettings) -> list[str]:
    """The cells of a header, which may have line ends in quotes."""
    quote = reading.quote
    for _ in range(_MOST_HEADER_LINES):
        if not quote or line.count(quote) % 2 == 0:
            break
        line += "\n" + (lines.next() or "")
    else:
        raise FileRejected("unclosed_quote")
    rows = text_csv.reader(
        io.StringIO(line, newline=""),
        delimiter=reading.delimiter,
        quotechar=quote or None,
        quoting=text_csv.QUOTE_MINIMAL if quote else text_csv.QUOTE_NONE,
    )
    return next(rows)


class _Bytes(io.RawIOBase):
    """Texts as a file of UTF-8 bytes."""

    def __init__(self, first: str, texts: Iterator[str]) -> None:
        super().__init__()
        self._texts = texts
        self._held = memoryview(first.encode("utf-8", "surrogatepass"))

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


READER = table_reader(
    _batches,
    options=(
        "encoding", "delimiter", "quote", "escape", "trailing_delimiter", "skip_lines", "header",
        "header_row", "names",
    ),
)  # fmt: skip
