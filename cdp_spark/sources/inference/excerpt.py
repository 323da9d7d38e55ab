"""An excerpt of a large text file: whole lines of its head, of parts of its middle and of its tail.

A column may be empty at the head of an export and filled years later. Parts of a
table begin and end with a line that has as many delimiters as its header, so that none begins
within a quoted line break.
"""

import codecs
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cdp_spark.files.content import inflated, is_archive, stored_chunks
from cdp_spark.sources.layouts.csv import SEPARATOR_LINE
from cdp_spark.sources.reading import ReadingSettings

_ALIGNED = 4  # bytes of the longest character of UTF-16
_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class ExcerptSizes:
    """Bytes of the head and of each part below it, and the number of these parts."""

    head_bytes: int = 4 << 20
    part_bytes: int = 512 << 10
    parts: int = 16


EXCERPT = ExcerptSizes()


@contextmanager
def excerpted(
    sample: Path, reading: ReadingSettings, sizes: ExcerptSizes = EXCERPT, *, is_table: bool = True
) -> Iterator[Path]:
    """A temporary file with the excerpt, in UTF-8, that is read as the sample is.

    `is_table`: its lines are rows of CSV, which may have line breaks in quotes.

    A stored file is read at these places only. An archive is inflated from end to end, and about
    as many parts of it are held at a time.
    """
    uri = str(sample)
    found = (
        _inflated_parts(inflated(stored_chunks(uri)), sizes)
        if is_archive(uri)
        else _stored_parts(uri, sample.stat().st_size, sizes)
    )
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="") as file:
        for text in _texts(found, reading, is_table=is_table):
            file.write(text)
        file.flush()
        yield Path(file.name)


def _stored_parts(uri: str, size_bytes: int, sizes: ExcerptSizes) -> Iterator[bytes]:
    yield _first(stored_chunks(uri), sizes.head_bytes)
    span = max(size_bytes - sizes.part_bytes - sizes.head_bytes, 0)
    for number in range(1, sizes.parts + 1):
        start = sizes.head_bytes + span * number // sizes.parts
        yield _first(stored_chunks(uri, start - start % _ALIGNED), sizes.part_bytes + _ALIGNED)


def _first(chunks: Iterator[bytes], size_bytes: int) -> bytes:
    held = b""
    for chunk in chunks:
        held += chunk
        if len(held) >= size_bytes:
            break
    return held[:size_bytes]


def _inflated_parts(chunks: Iterator[bytes], sizes: ExcerptSizes) -> Iterator[bytes]:
    """The head, then parts as evenly apart as is possible where the size is not known before."""
    pieces = _pieces(chunks, sizes)
    yield next(pieces, b"")
    parts: list[bytes] = []
    before, last, step = b"", b"", 1
    for number, piece in enumerate(pieces):
        before, last = last, piece
        if number % step == 0:
            parts.append(piece)
        if len(parts) > sizes.parts:
            parts, step = parts[::2], step * 2
    yield from parts
    if last and last is not parts[-1]:
        # The last piece may be short.
        yield last if before is parts[-1] else before + last


def _pieces(chunks: Iterator[bytes], sizes: ExcerptSizes) -> Iterator[bytes]:
    """The content in pieces: the head, then parts of one size."""
    held, size = b"", sizes.head_bytes
    for chunk in chunks:
        held += chunk
        while len(held) >= size:
            yield held[:size]
            held, size = held[size:], sizes.part_bytes
    if held:
        yield held


def _texts(parts: Iterator[bytes], reading: ReadingSettings, *, is_table: bool) -> Iterator[str]:
    """The whole lines of each part, each with its end."""
    encoding, count = reading.encoding or "utf-8", 0
    for number, part in enumerate(parts):
        if not number:
            encoding = next((name for bom, name in _BOMS.items() if part.startswith(bom)), encoding)
        # A part may begin and end within a character.
        text = part.decode(encoding, "ignore").removeprefix("\ufeff")
        end = "\n" if "\n" in text else "\r"
        lines = text.split(end)[bool(number) :][:-1]
        if is_table:
            count = count or _delimiter_count(lines, reading)
            start = _first_row(lines, reading, count) if number else 0
            lines = lines[start : len(lines) - _first_row(lines[::-1], reading, count)]
        yield from (f"{line}{end}" for line in lines)


def _delimiter_count(lines: Sequence[str], reading: ReadingSettings) -> int:
    """The delimiters of a row: those of the header, or of the names that stand for it."""
    if reading.names:
        return len(reading.names) - 1 + reading.trailing_delimiter
    is_named = bool(lines) and SEPARATOR_LINE.match(lines[0]) is not None
    place = reading.header_row - 1 + is_named
    return lines[place].count(reading.delimiter) if place < len(lines) else 0


def _first_row(lines: Sequence[str], reading: ReadingSettings, count: int) -> int:
    """The place of the first line that is a row by itself; 0 without any."""
    quote = reading.quote or "\0"
    are_rows = (one.count(reading.delimiter) == count and one.count(quote) % 2 == 0
                for one in lines)  # fmt: skip
    return next((place for place, is_row in enumerate(are_rows) if is_row), 0)
