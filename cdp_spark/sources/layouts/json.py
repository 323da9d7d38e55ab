"""JSON documents (RFC 8259): one array, each element a record, or one object.

A record is the element's original text without the blanks between its parts, so that no number is
rounded and no duplicate key is lost. The file is held whole, up to `largest_document`.
"""

import re
from collections.abc import Generator, Iterator
from json import JSONDecodeError, JSONDecoder

from cdp_spark.sources.reader import LONG, UNREADABLE, FileRejected, Reader, Record
from cdp_spark.sources.reading import ReadingSettings
from cdp_spark.sources.texts import bounded, content, decoded

_BLANK = re.compile(r"[ \t\r\n]*")
# Strings, and other text between blanks.
_PARTS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^" \t\r\n]+')
# Used only to find where a value ends: inner objects are dropped as they end, and numbers stay
# text, because Python rejects very long ones as an int.
_DECODER = JSONDecoder(parse_int=str, parse_float=str, object_pairs_hook=lambda _: None)


def _records(uri: str, reading: ReadingSettings, longest: int) -> Iterator[Record]:
    chunks = bounded(content(uri), reading.largest_document)
    text = "".join(decoded(chunks, reading.encoding))
    try:
        for number, (start, end) in enumerate(_elements(text)):
            if end - start > longest:  # before its parts are collected
                raise FileRejected(LONG)
            yield number, "".join(_PARTS.findall(text, start, end)).encode()
    except (JSONDecodeError, RecursionError) as error:
        raise FileRejected(UNREADABLE) from error


def _elements(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each element of the array, or of the single value."""
    place = _after_blanks(text, 0)
    if place == len(text):
        return
    if text[place] == "[":
        end = yield from _array_elements(text, _after_blanks(text, place + 1))
    else:
        end = _DECODER.raw_decode(text, place)[1]
        yield place, end
    if _after_blanks(text, end) != len(text):
        raise JSONDecodeError("more than one document", "", end)


def _array_elements(text: str, place: int) -> Generator[tuple[int, int], None, int]:
    if text.startswith("]", place):
        return place + 1
    while True:
        _, end = _DECODER.raw_decode(text, place)
        yield place, end
        place = _after_blanks(text, end)
        if text.startswith("]", place):
            return place + 1
        if not text.startswith(",", place):
            raise JSONDecodeError("an array without end", "", place)
        place = _after_blanks(text, place + 1)


def _after_blanks(text: str, place: int) -> int:
    found = _BLANK.match(text, place)
    return found.end() if found else place


READER = Reader(_records, options=("encoding", "largest_document"))
