"""Records of CSV text, each whole: a quote that is left open swallows no row below it.

Only lines that can leave a quote open are looked at one by one; a vectorised pattern finds them.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from cdp_spark.sources.reading import ReadingSettings
from cdp_spark.sources.texts import broken_row

UNCLOSED = "unclosed_quote"
_MOST_LINES, _MOST_CHARACTERS = 1000, 4_000_000  # of one record
_FEWEST_CELLS = 3  # of a line that is taken for a row because of their number


def whole_records(
    blocks: Iterator[list[str]],
    reading: ReadingSettings,
    cell_count: int,
    ragged: Callable[[bytes], None],
) -> Iterator[str]:
    """The lines of the blocks as text that Arrow can read; `ragged` gets those left open.

    A record of several lines is a row of its own only if its quotes are as RFC 4180 has them, and
    its first and last line are not rows by themselves. Otherwise its first line goes to `ragged`,
    and the lines below it are looked at again.
    """
    joined = _Joined(_Dialect(reading.delimiter, reading.quote, reading.escape), cell_count, ragged)
    for lines in blocks:
        if not joined.open_lines and joined.dialect.are_closed(lines):
            yield _text(lines, reading)
        else:
            yield from (_text(record, reading) for line in lines for record in joined.add(line))
    yield from (_text(record, reading) for record in joined.end())


def _text(lines: list[str], reading: ReadingSettings) -> str:
    if reading.trailing_delimiter:
        lines = [_without_trailing(line, reading.delimiter) for line in lines]
    return "\n".join(lines) + "\n"


def _without_trailing(line: str, delimiter: str) -> str:
    plain = line.removesuffix("\r")
    return plain[:-1] if plain.endswith(delimiter) else line


@dataclass(frozen=True)
class _Dialect:
    delimiter: str
    quote: str
    escape: str

    def are_closed(self, lines: list[str]) -> bool:
        """Whether no line can leave a quote open."""
        if not self.quote:
            return True
        if self.escape:
            return not any(self.quote in line for line in lines)
        quote, delimiter = re.escape(self.quote), re.escape(self.delimiter)
        quoted = rf"{quote}(?:[^{quote}]|{quote}{quote})*{quote}"
        cell = rf"(?:{quoted}|[^{quote}{delimiter}][^{delimiter}]*)?"
        closed = pc.match_substring_regex(
            pa.array(lines, pa.string()), rf"(?s)^{cell}(?:{delimiter}{cell})*\r?$"
        )
        return bool(pc.all(closed, min_count=0).as_py())

    def scan(self, line: str, *, is_open: bool) -> tuple[bool, bool, int]:
        """Whether a quote is open behind the line and one in it is misplaced; its delimiters.

        `is_open`: whether the line begins within quotes.
        """
        if self.escape:
            line = re.sub(re.escape(self.escape) + ".", "xx", line)
        line, place, is_misplaced, count = line.removesuffix("\r"), 0, False, 0
        while True:
            if is_open or line.startswith(self.quote, place):
                place = self._behind_quotes(line, place + (not is_open))
                if place < 0:
                    return True, is_misplaced, count
                is_open = False
                is_misplaced |= place < len(line) and line[place] != self.delimiter
            end = line.find(self.delimiter, place)
            cell = line[place : end if end >= 0 else len(line)]
            is_misplaced |= self.quote in cell
            if end < 0:
                return False, is_misplaced, count
            place, count = end + 1, count + 1

    def _behind_quotes(self, line: str, place: int) -> int:
        """The place behind the quote that closes a value; -1 if none does."""
        while (place := line.find(self.quote, place)) >= 0:
            if not line.startswith(self.quote, place + 1):
                return place + 1
            place += 2
        return -1


@dataclass
class _Joined:
    """Lines joined to records."""

    dialect: _Dialect
    cell_count: int
    ragged: Callable[[bytes], None]
    open_lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> Iterator[list[str]]:
        """The records that are complete with this line."""
        waiting = deque([line])
        while waiting:
            is_first = not self.open_lines
            self.open_lines.append(waiting.popleft())
            is_open, _, _ = self.dialect.scan(self.open_lines[-1], is_open=not is_first)
            if is_open and not self._is_too_long():
                continue
            lines, self.open_lines = self.open_lines, []
            if len(lines) == 1 and not is_open:
                yield lines
            elif not is_open and self._is_one_row(lines):
                yield ["\n".join(lines)]
            else:
                self._reject(lines[0])
                waiting.extendleft(reversed(lines[1:]))

    def end(self) -> Iterator[list[str]]:
        """The records that are left at the end of the file."""
        while self.open_lines:
            first, *rest = self.open_lines
            self.open_lines = []
            self._reject(first)
            for line in rest:
                yield from self.add(line)

    def _reject(self, line: str) -> None:
        self.ragged(broken_row(UNCLOSED, "", line.removesuffix("\r")))

    def _is_too_long(self) -> bool:
        lines = self.open_lines
        return len(lines) > _MOST_LINES or len(lines[0]) + len(lines[-1]) > _MOST_CHARACTERS

    def _is_one_row(self, lines: list[str]) -> bool:
        is_open, count = False, 0
        for line in lines:
            is_open, is_misplaced, delimiters = self.dialect.scan(line, is_open=is_open)
            if is_misplaced:
                return False
            count += delimiters
        own = [line.count(self.dialect.delimiter) + 1 for line in (lines[0], lines[-1])]
        are_rows = self.cell_count >= _FEWEST_CELLS and own == [self.cell_count] * 2
        return count + 1 == self.cell_count and not are_rows
