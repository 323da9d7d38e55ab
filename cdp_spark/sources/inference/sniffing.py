"""Infers layout, encoding and delimiter of a sample file, and reads rows of all its parts."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from charset_normalizer import from_bytes

from cdp_spark.files.content import is_archive
from cdp_spark.files.lines import lines_of
from cdp_spark.sources import Layout
from cdp_spark.sources.inference.dialect import sniffed_table
from cdp_spark.sources.inference.excerpt import EXCERPT, ExcerptSizes, excerpted
from cdp_spark.sources.layouts import reader_of
from cdp_spark.sources.reader import BROKEN_ROW, Record
from cdp_spark.sources.reading import ReadingSettings
from cdp_spark.sources.texts import content

_HEAD_BYTES, _LONGEST = 1 << 20, 16_000_000
_ALL_ROWS, _ONE_IN = 100_000, 50
_LARGEST = 100 << 20  # bytes of a file that is read whole
_INFLATED = 8  # bytes of text in a byte of an archive, about
_STARTS: dict[bytes, Layout] = {
    b"PAR1": "parquet",
    b"Obj\x01": "avro",
    b"ORC": "orc",
    b"PK\x03\x04": "excel",
    b"\xd0\xcf\x11\xe0": "excel",
}
_GUESSED_BYTES = 64 << 10
# Letters of Turkish in windows-1254; and those that Western texts hardly have in their encoding.
_ONLY_TURKISH = frozenset("şŞıİğĞ".encode("windows-1254"))
_TURKISH = _ONLY_TURKISH | frozenset("çÇöÖüÜ".encode("windows-1254"))
# Encodings of exports; names as charset-normalizer has them.
_ENCODINGS = {"cp1252": "windows-1252", "cp1254": "windows-1254", "cp1250": "windows-1250",
              "cp1251": "windows-1251", "cp1256": "windows-1256", "gb18030": "gb18030",
              "big5": "big5", "shift_jis": "shift_jis", "euc_kr": "euc_kr"}  # fmt: skip


@dataclass(frozen=True)
class Sniffed:
    """A sample's layout, the options to read it with their reasons, and its first rows."""

    layout: Layout
    why: str
    options: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    rows: tuple[dict[str, Any], ...] = ()


def sniffed(sample: Path, largest: int = _LARGEST, sizes: ExcerptSizes = EXCERPT) -> Sniffed:
    """Layout and options, inferred from the first MiB of a file; its rows.

    The rows are the first 100,000, and one in 50 of the others. A file of more than `largest`
    bytes (100 MiB) is not read whole: of CSV and JSON lines, an excerpt of `sizes` from head to
    tail is; of other layouts, the first 100,000 rows.

    Raises:
        FileRejected: the file is damaged, or not of the layout it seems to have.
    """
    head = b"".join(_head(content(str(sample))))
    for start, layout in _STARTS.items():
        if head.startswith(start):
            of_binary = Sniffed(layout, f"it starts as {layout} files do")
            return replace(of_binary, rows=_rows(sample, of_binary, largest))
    encoding, why = _encoding(head)
    text = head.decode(encoding or "utf-8", "replace").removeprefix("\ufeff").lstrip()
    found = _of_text(text)
    if encoding and found.layout in {"csv", "json"}:
        found.options["encoding"], found.reasons["encoding"] = encoding, why
    size_bytes = sample.stat().st_size * (_INFLATED if is_archive(str(sample)) else 1)
    if found.layout in {"csv", "lines"} and size_bytes > largest:
        reading = ReadingSettings(**found.options)
        plain = {name: one for name, one in found.options.items() if name != "encoding"}
        with excerpted(sample, reading, sizes, is_table=found.layout == "csv") as excerpt:
            return replace(found, rows=_rows(excerpt, replace(found, options=plain), largest))
    return replace(found, rows=_rows(sample, found, largest))


def _head(chunks: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        yield chunk[: _HEAD_BYTES - size]
        size += len(chunk)
        if size >= _HEAD_BYTES:
            return


def _encoding(head: bytes) -> tuple[str, str]:
    """Name of the encoding, empty for UTF-8, and the reason."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", "it begins with a byte order mark"
    if b"\0" in head:
        return "utf-16-le", "every other byte is zero"
    for cut in range(4):  # the head may end within a character
        try:
            head[: len(head) - cut].decode()
        except UnicodeDecodeError:
            continue
        return "", "it is UTF-8"
    others = {byte for byte in head if byte > 127}  # noqa: PLR2004 - ASCII
    if others <= _TURKISH and others & _ONLY_TURKISH:
        return "windows-1254", "its letters are Turkish ones; check that they are right"
    best = from_bytes(head[:_GUESSED_BYTES], cp_isolation=list(_ENCODINGS)).best()
    guess = _ENCODINGS.get(best.encoding, best.encoding) if best else "windows-1254"
    return guess, "it is not UTF-8; a guess by its letters: check that they are right"


def _of_text(text: str) -> Sniffed:
    if text.startswith("<"):
        tag = _row_tag(text)
        options = {"row_tag": tag} if tag else {}
        return Sniffed("xml", "it starts with <", options, {"row_tag": "the first repeated tag"})
    if text.startswith("["):
        return Sniffed("json", "it is one JSON array")
    if text.startswith("{"):
        is_line = _is_json(text.partition("\n")[0])
        why = "its first line is a JSON object" if is_line else "it is one JSON object"
        return Sniffed("lines" if is_line else "json", why)
    found = sniffed_table(text)
    if found is None:
        return Sniffed("document", "no other layout fits; for fixed-width lines set `widths`")
    return Sniffed("csv", "its lines have separators", found.options, found.reasons)


def _row_tag(text: str) -> str:
    tags = re.findall(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)", text)
    inner = Counter(tags[1:])
    return next((tag for tag in tags[1:] if inner[tag] > 1), tags[1] if inner else "")


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _rows(sample: Path, found: Sniffed, largest: int) -> tuple[dict[str, Any], ...]:
    reading = ReadingSettings(**found.options)
    uri = str(sample)
    if found.layout == "document" or (found.layout == "xml" and not reading.row_tag):
        return ()
    records: Iterator[Record] = (
        lines_of(content(uri))
        if found.layout == "lines"
        else reader_of(found.layout).records(uri, reading, _LONGEST)
    )
    return tuple(_objects(_of_all_parts(records, is_large=sample.stat().st_size > largest)))


def _of_all_parts(records: Iterator[Record], *, is_large: bool) -> Iterator[Record]:
    for number, record in enumerate(records):
        if number < _ALL_ROWS or number % _ONE_IN == 0:
            yield record
        elif is_large:
            return


def _objects(records: Iterator[Record]) -> Iterator[dict[str, Any]]:
    for _, raw in records:
        try:
            value = json.loads(raw.decode("utf-8-sig"), parse_int=str, parse_float=str)
        except (ValueError, RecursionError):
            continue
        # A row that does not fit its file has a reason in place of values.
        if isinstance(value, dict) and BROKEN_ROW not in value:
            yield value
