"""Text of delivered files, strictly decoded; and values of any type as JSON of texts."""

import base64
import codecs
import json
import math
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from cdp_spark.sources.layouts import ENCODING, LARGE, LONG, FileRefused
from cdp_spark.sources.streams import inflated, is_archive, stored_chunks

_MARK = "\ufeff"
_EXACT = 1 << 53  # whole numbers below it a double holds exactly


def content(uri: str) -> Iterator[bytes]:
    """The bytes of a file, those of a gzip archive inflated."""
    chunks = stored_chunks(uri)
    return inflated(chunks) if is_archive(uri) else chunks


def bounded(chunks: Iterator[bytes], largest: int, reason: str = LARGE) -> Iterator[bytes]:
    """The chunks, of a file that may be held whole.

    Raises:
        FileRefused: there are more than `largest` bytes.
    """
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > largest:
            raise FileRefused(reason)
        yield chunk


def decoded(chunks: Iterator[bytes], encoding: str) -> Iterator[str]:
    """The text of the chunks, a byte order mark left out.

    Raises:
        FileRefused: bytes that are no text in this encoding; nothing is replaced.
    """
    decoder = codecs.getincrementaldecoder(encoding or "utf-8")("strict")
    is_first = True
    try:
        for chunk in chunks:
            text = decoder.decode(chunk)
            if text:
                yield text.removeprefix(_MARK) if is_first else text
                is_first = False
        decoder.decode(b"", final=True)
    except UnicodeError as fault:
        raise FileRefused(ENCODING) from fault


def text_lines(texts: Iterator[str], longest: int) -> Iterator[str]:
    """Lines without their ends (LF or CR LF); blank lines too.

    Raises:
        FileRefused: a line of more than `longest` signs.
    """
    carried = ""
    for text in texts:
        *whole, carried = (carried + text).split("\n")
        yield from (line.removesuffix("\r") for line in whole)
        if len(carried) > longest:
            raise FileRefused(LONG)
    if carried:
        yield carried.removesuffix("\r")


def as_json(row: dict[str, Any]) -> bytes:
    """A row as JSON, columns in the order of their names, values as texts, nested ones inside."""
    told = as_texts(row)
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(
        "utf-8", "backslashreplace"
    )


def as_texts(value: Any) -> Any:
    """A value with all in it as text.

    Instants and days as ISO 8601, decimals in full, bytes as base64.
    """
    match value:
        case None | str():
            told: Any = value
        case dict():
            told = {str(name): as_texts(one) for name, one in value.items()}
        case list() | tuple():
            told = [as_texts(one) for one in value]
        case bytes():
            told = base64.b64encode(value).decode()
        case bool():
            told = "true" if value else "false"
        case float() | Decimal():
            told = _number(value)
        case datetime() | date() | time():
            told = value.isoformat()
        case _:
            told = str(value)
    return told


def _number(value: float | Decimal) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    is_whole = math.isfinite(value) and value.is_integer() and abs(value) < _EXACT
    return str(int(value)) if is_whole else str(value)
