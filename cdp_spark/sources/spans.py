"""Where the parts of a JSON text begin and end, so that a part keeps the text it was sent in.

A part that is not JSON is found by its brackets and quotes: it costs no other part. No part is
built as an object, so a text of many parts needs little more memory than the text itself.
"""

import re
from collections.abc import Generator
from json import JSONDecodeError, JSONDecoder

Spans = dict[str, tuple[int, int]]
_BOM = "\ufeff"
_BLANK = re.compile(r"[ \t\r\n]*")
_NAME = re.compile(r'"((?:[^"\\]|\\.)*+)"[ \t\r\n]*:[ \t\r\n]*', re.DOTALL)
# Text up to the next bracket, or the next comma as well; strings may contain both.
_TO_BRACKET, _TO_SIGN = (
    re.compile(
        rf'[^"{signs}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{signs}]*+)*+([{signs}])', re.DOTALL
    )
    for signs in (r"\[\]{}", r"\[\]{},")
)
# Used only to find where a value ends: inner objects and numbers are dropped as they end.
_DECODER = JSONDecoder(
    parse_int=lambda _: None, parse_float=lambda _: None, object_pairs_hook=lambda _: None
)


class Unbalanced(ValueError):
    """A bracket or a quote is never closed."""


def after_blanks(text: str, place: int) -> int:
    """The place of the first character from `place` on that is not blank."""
    if text[place : place + 1] > " ":  # nearly always
        return place
    found = _BLANK.match(text, place)
    return found.end() if found else place


def elements(text: str, place: int) -> Generator[tuple[int, int], None, int]:
    """Start and end of each element of the list that begins at `place`; returns the list's end.

    Raises:
        Unbalanced: the list has no end.
    """
    parts = _parts(text, place, "]", named=False)
    while True:
        try:
            _, start, end = next(parts)
        except StopIteration as last:
            return int(last.value)
        yield start, end


def members(text: str, place: int) -> Generator[tuple[str, int, int], None, int]:
    """Name, and start and end of the value, of each member of the object that begins at `place`.

    Returns the object's end. Names are as written, with their escapes.

    Raises:
        Unbalanced: the object has no end, or a part of it has no name.
    """
    return _parts(text, place, "}", named=True)


def fields_of(text: str) -> Spans:
    """Start and end of the value of each member, in a text that is one object and nothing else.

    Raises:
        Unbalanced: the text is something else, or has a member twice.
    """
    fields = Spans()
    for name, begin, end in members_of(text):
        if name in fields:
            raise Unbalanced
        fields[name] = (begin, end)
    return fields


def members_of(text: str) -> Generator[tuple[str, int, int]]:
    """As `members`, of a text that is one object and nothing else; a name may be there twice.

    Raises:
        Unbalanced: the text is something else; after the last member if more text follows it.
    """
    start = after_blanks(text, len(_BOM) if text.startswith(_BOM) else 0)
    if not text.startswith("{", start):
        raise Unbalanced
    stop = yield from members(text, start)
    if after_blanks(text, stop) != len(text):
        raise Unbalanced


def _parts(
    text: str, place: int, closing: str, *, named: bool
) -> Generator[tuple[str, int, int], None, int]:
    place = after_blanks(text, place + 1)
    if text.startswith(closing, place):
        return place + 1
    is_json, name = True, ""
    while True:
        place = after_blanks(text, place)
        if named:
            found = _NAME.match(text, place)
            if found is None:
                raise Unbalanced
            name, place = found[1], found.end()
        end, stop = _json_value(text, place) if is_json else (0, 0)
        if not stop or text[stop] not in (",", closing):
            # From here on by brackets only: each error of the decoder takes as long as all of the
            # text before it.
            is_json = False
            stop = _stop(text, place)
            end = place + len(text[place:stop].rstrip(" \t\r\n"))
        yield name, place, end
        if text[stop] == closing:
            return stop + 1
        if text[stop] != ",":
            raise Unbalanced
        place = stop + 1


def _json_value(text: str, place: int) -> tuple[int, int]:
    """The end of a value and the place of the sign after it; 0 for both if it is not JSON."""
    try:
        end = int(_DECODER.raw_decode(text, place)[1])
    except (JSONDecodeError, RecursionError):
        return 0, 0
    stop = after_blanks(text, end)
    return (end, stop) if stop < len(text) else (0, 0)


def _stop(text: str, place: int) -> int:
    """The place of the comma or the closing bracket after the part that begins at `place`."""
    depth = 0
    while found := (_TO_BRACKET if depth else _TO_SIGN).match(text, place):
        place, sign = found.end(), found[1]
        if sign in "[{":
            depth += 1
        elif sign == "," or not depth:
            return place - 1
        else:
            depth -= 1
    raise Unbalanced
