"""Strictly decoded text of files, and values of any type as JSON of texts."""

import base64
import codecs
import json
import math
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from cdp_spark.files.content import inflated, is_archive, stored_chunks
from cdp_spark.sources.reader import (
    BROKEN_ROW,
    ENCODING,
    LARGE,
    LONG,
    ROW_DETAIL,
    ROW_TEXT,
    FileRejected,
)

_BOM = "\ufeff"
_EXACT = 1 << 53  # a double represents whole numbers below it exactly


def content(uri: str) -> Iterator[bytes]:
    """The bytes of a file; gzip archives are inflated."""
    chunks = stored_chunks(uri)
    return inflated(chunks) if is_archive(uri) else chunks


def bounded(chunks: Iterator[bytes], largest: int, reason: str = LARGE) -> Iterator[bytes]:
    """The chunks, limited to `largest` bytes in total.

    Raises:
        FileRejected: there are more than `largest` bytes.
    """
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > largest:
            raise FileRejected(reason)
        yield chunk


def decoded(chunks: Iterator[bytes], encoding: str) -> Iterator[str]:
    """The text of the chunks without byte order mark.

    Raises:
        FileRejected: bytes that are not text in this encoding; nothing is replaced.
    """
    decoder = codecs.getincrementaldecoder(encoding or "utf-8")("strict")
    is_first = True
    try:
        for chunk in chunks:
            text = decoder.decode(chunk)
            if text:
                yield text.removeprefix(_BOM) if is_first else text
                is_first = False
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise FileRejected(ENCODING) from error


def text_lines(texts: Iterator[str], longest: int) -> Iterator[str]:
    """Lines without their ends (LF or CR LF); blank lines too.

    Raises:
        FileRejected: a line of more than `longest` characters.
    """
    remainder = ""
    for text in texts:
        *whole, remainder = (remainder + text).split("\n")
        yield from (line.removesuffix("\r") for line in whole)
        if len(remainder) > longest:
            raise FileRejected(LONG)
    if remainder:
        yield remainder.removesuffix("\r")


def broken_row(reason: str, detail: str, text: str) -> bytes:
    """A row that does not fit its file, as JSON: why, without any value, and its text."""
    return as_json({BROKEN_ROW: reason, ROW_DETAIL: detail or None, ROW_TEXT: text})


def as_json(row: dict[str, Any]) -> bytes:
    """A row as JSON, columns sorted by name, values as texts, also nested ones."""
    texts = as_texts(row)
    return json.dumps(texts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(
        "utf-8", "backslashreplace"
    )


def as_texts(value: Any) -> Any:
    """The value as text; in dicts and lists, each value as text.

    Timestamps and dates in ISO 8601, decimals in full, bytes as base64.
    """
    match value:
        case None | str():
            text: Any = value
        case dict():
            text = {str(name): as_texts(one) for name, one in value.items()}
        case list() | tuple():
            text = [as_texts(one) for one in value]
        case bytes():
            text = base64.b64encode(value).decode()
        case bool():
            text = "true" if value else "false"
        case float() | Decimal():
            text = _number(value)
        case datetime() | date() | time():
            text = value.isoformat()
        case _:
            text = str(value)
    return text


def _number(value: float | Decimal) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    is_whole = math.isfinite(value) and value.is_integer() and abs(value) < _EXACT
    return str(int(value)) if is_whole else str(value)
