"""The dialect of a CSV sample: delimiter, header and the lines above it.

DuckDB's sniffer names the delimiter; the header is the first line with as many cells as most lines.
"""

import csv
import io
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

_SEPARATORS = ",;\t|"
_VALUE = re.compile(r"\s*$|[+-]?[\d.,]+$|\d{4}-\d\d-\d\d|[^@\s]+@[^@\s]+$")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*$', re.IGNORECASE)
_MANY, _LINES = 10, 200
_SNIFF = "SELECT Delimiter FROM sniff_csv(?, ignore_errors = true)"


@dataclass(frozen=True)
class TableDialect:
    """Options of `reading`, with their reasons."""

    options: dict[str, Any]
    reasons: dict[str, str]


def sniffed_table(text: str) -> TableDialect | None:
    """How the lines of a text are tables; None if they are none."""
    lines = text.splitlines()[:_LINES]
    named = _SEPARATOR_LINE.match(lines[0]) if lines else None
    lines = lines[1:] if named else lines
    sign = named[1] if named else _delimiter(lines)
    if sign is None:
        return None
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=sign))
    cell_count = Counter(len(row) for row in rows if any(row)).most_common(1)[0][0]
    if cell_count < 2:  # noqa: PLR2004 - one cell is no table
        return None
    return _of_rows(rows, lines, sign, cell_count)


def _of_rows(
    rows: list[list[str]], lines: Sequence[str], sign: str, cell_count: int
) -> TableDialect:
    options: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    if sign != ",":
        options["delimiter"], reasons["delimiter"] = sign, "it divides all lines equally"
    headers = (number for number, row in enumerate(rows) if _may_be_header(row, cell_count))
    place = next(headers, 0)
    header = rows[place]
    below = [row for row in rows[place + 1 :] if len(row) == cell_count]
    if len(header) == cell_count - 1 and not any(row[-1] for row in below):
        options["trailing_delimiter"] = True
        reasons["trailing_delimiter"] = "each row ends with one"
    names = [cell.strip() for cell in header]
    if len(set(names)) < len(names) or any(map(_VALUE.match, filter(None, names))):
        options |= {"header": False, "names": tuple(f"column_{n + 1}" for n in range(len(names)))}
        reasons["header"] = "the first line holds values, not names"
    elif above := len(_lines_of(lines, rows[:place])):
        options["header_row"] = above + 1
        reasons["header_row"] = "the lines above it have fewer cells"
    return TableDialect(options, reasons)


def _may_be_header(row: Sequence[str], cell_count: int) -> bool:
    if len(row) not in {cell_count, cell_count - 1} or len(row) < 2:  # noqa: PLR2004
        return False
    names = [cell.strip() for cell in row[1:]]
    # pandas writes its index as a first column without a name.
    is_index = all(names) and len({*names}) == len(names) and not any(map(_VALUE.match, names))
    return bool(row[0].strip()) or (len(row) == cell_count and is_index)


def _lines_of(lines: Sequence[str], rows: Sequence[Sequence[str]]) -> Sequence[str]:
    """The lines that the first rows take."""
    count = sum(1 + sum(cell.count("\n") for cell in row) for row in rows)
    return lines[:count]


def _delimiter(lines: Sequence[str]) -> str | None:
    filled = [line for line in lines if line.strip()]
    if not filled:
        return None
    # Cells of JSON may have more commas than the line has tabs.
    if filled[0].count("\t") >= _MANY:
        return "\t"
    found = _by_duckdb(lines)
    if found and sum(found in line for line in filled) * 2 > len(filled):
        return found
    counts = {sign: sum(sign in line for line in filled) for sign in _SEPARATORS}
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] * 2 >= len(filled) else None


def _by_duckdb(lines: Sequence[str]) -> str | None:
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".csv") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        try:
            found = duckdb.execute(_SNIFF, [file.name]).fetchone()
        except duckdb.Error:
            return None
    return found[0] if found and found[0] in _SEPARATORS else None
