"""Lines of fixed width: each column stands at its place, blanks around it are none of its value.

The last column may be cut where its blanks were; a line that is shorter, or has more after its last
column, does not fit and is kept as its own text.
"""

from collections.abc import Iterator

from cdp_spark.sources.layouts import Reader, Record
from cdp_spark.sources.reading import ReadingSettings, Width
from cdp_spark.sources.texts import as_json, content, decoded, text_lines


def _records(uri: str, reading: ReadingSettings, longest: int) -> Iterator[Record]:
    columns = sorted(reading.widths, key=lambda one: one.start)
    lines = text_lines(decoded(content(uri), reading.encoding), longest)
    filled = (line for line in lines if line.strip())
    for number, line in enumerate(filled):
        yield number, _row(line, columns) if _fits(line, columns) else line.encode()


def _fits(line: str, columns: list[Width]) -> bool:
    """Whether it reaches into the last column and not beyond."""
    *_, last = columns
    return len(line) >= last.start and not line[last.end :].strip()


def _row(line: str, columns: list[Width]) -> bytes:
    cells = {one.name: line[one.start - 1 : one.end].strip() for one in columns}
    return as_json({name: cell or None for name, cell in cells.items()})


READER = Reader(_records, knobs=("encoding", "widths"), needs=("widths",))
