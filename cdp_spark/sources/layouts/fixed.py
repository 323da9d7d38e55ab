"""Lines of fixed-width columns; blanks around a value are removed.

The last column may be shorter, without its trailing blanks. A line that ends before it, or has text
after it, does not fit and is kept as its original text.
"""

from collections.abc import Iterator

from cdp_spark.sources.reader import Reader, Record
from cdp_spark.sources.reading import ReadingSettings, Width
from cdp_spark.sources.texts import as_json, broken_row, content, decoded, text_lines


def _records(uri: str, reading: ReadingSettings, longest: int) -> Iterator[Record]:
    columns = sorted(reading.widths, key=lambda one: one.start)
    lines = text_lines(decoded(content(uri), reading.encoding), longest)
    filled = (line for line in lines if line.strip())
    for number, line in enumerate(filled):
        yield number, _row(line, columns) if _fits(line, columns) else _broken(line, columns)


def _broken(line: str, columns: list[Width]) -> bytes:
    detail = f"found {len(line)} characters, expected {columns[-1].start} to {columns[-1].end}"
    return broken_row("wrong_line_length", detail, line)


def _fits(line: str, columns: list[Width]) -> bool:
    """Whether the line ends within the last column."""
    *_, last = columns
    return len(line) >= last.start and not line[last.end :].strip()


def _row(line: str, columns: list[Width]) -> bytes:
    cells = {one.name: line[one.start - 1 : one.end].strip() for one in columns}
    return as_json({name: cell or None for name, cell in cells.items()})


READER = Reader(_records, options=("encoding", "widths"), needs=("widths",))
