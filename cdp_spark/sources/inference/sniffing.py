"""Infers layout, encoding and delimiter of a sample file, and reads its first rows."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from cdp_spark.files.lines import lines_of
from cdp_spark.sources import Layout
from cdp_spark.sources.layouts import reader_of
from cdp_spark.sources.reader import Record
from cdp_spark.sources.reading import ReadingSettings
from cdp_spark.sources.texts import content

_HEAD_BYTES, _ROWS, _LONGEST = 1 << 20, 200, 16_000_000
_STARTS: dict[bytes, Layout] = {
    b"PAR1": "parquet",
    b"Obj\x01": "avro",
    b"ORC": "orc",
    b"PK\x03\x04": "excel",
    b"\xd0\xcf\x11\xe0": "excel",
}
_VALUE = re.compile(r"\s*$|[+-]?[\d.,]+$|\d{4}-\d\d-\d\d|[^@\s]+@[^@\s]+$")
_MANY = 10
_SEPARATORS = ",;\t|"


@dataclass(frozen=True)
class Sniffed:
    """A sample's layout, the options to read it with their reasons, and its first rows."""

    layout: Layout
    why: str
    options: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    rows: tuple[dict[str, Any], ...] = ()


def sniffed(sample: Path) -> Sniffed:
    """Layout and options, inferred from the first MiB of a file and its first 200 rows.

    Raises:
        FileRejected: the file is damaged, or not of the layout it seems to have.
    """
    head = b"".join(_head(content(str(sample))))
    for start, layout in _STARTS.items():
        if head.startswith(start):
            return _with_rows(sample, Sniffed(layout, f"it starts as {layout} files do"))
    encoding, why = _encoding(head)
    text = head.decode(encoding or "utf-8", "replace").removeprefix("\ufeff").lstrip()
    found = _of_text(text)
    if encoding and found.layout in {"csv", "json"}:
        found.options["encoding"], found.reasons["encoding"] = encoding, why
    return _with_rows(sample, found)


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
    return "windows-1254", "it is not UTF-8; a guess: check whether the letters are right"


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
    return _of_table(text)


def _of_table(text: str) -> Sniffed:
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    counts = {sign: lines[0].count(sign) if lines else 0 for sign in _SEPARATORS}
    # Cells of JSON may have more commas than the line has tabs.
    sign = "\t" if counts["\t"] >= _MANY else max(counts, key=lambda one: counts[one])
    if not counts[sign]:
        return Sniffed("document", "no other layout fits; for fixed-width lines set `widths`")
    options: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    if sign != ",":
        options["delimiter"], reasons["delimiter"] = (
            sign,
            "the most frequent separator in the first line",
        )
    cells = [cell.strip(' "') for cell in lines[0].split(sign)]
    if len(set(cells)) < len(cells) or any(_VALUE.match(cell) for cell in cells):
        options |= {"header": False, "names": tuple(f"column_{n + 1}" for n in range(len(cells)))}
        reasons["header"] = "the first line holds values, not names"
    return Sniffed("csv", "its first line has separators", options, reasons)


def _row_tag(text: str) -> str:
    tags = re.findall(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)", text)
    inner = Counter(tags[1:])
    return next((tag for tag in tags[1:] if inner[tag] > 1), tags[1] if inner else "")


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _with_rows(sample: Path, found: Sniffed) -> Sniffed:
    reading = ReadingSettings(**found.options)
    uri = str(sample)
    if found.layout == "document" or (found.layout == "xml" and not reading.row_tag):
        return found
    records: Iterator[Record] = (
        lines_of(content(uri))
        if found.layout == "lines"
        else reader_of(found.layout).records(uri, reading, _LONGEST)
    )
    rows = tuple(_objects(islice(records, _ROWS)))
    return Sniffed(found.layout, found.why, found.options, found.reasons, rows)


def _objects(records: Iterator[Record]) -> Iterator[dict[str, Any]]:
    for _, raw in records:
        try:
            value = json.loads(raw.decode("utf-8-sig"), parse_int=str, parse_float=str)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value
