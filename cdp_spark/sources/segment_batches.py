"""Bodies of Segment's HTTP API, as SDKs of Segment and RudderStack send them, by event.

A body of the call `batch` has the events in a list beside fields that apply to each of them:
`context`, `integrations` and `sentAt`, and `receivedAt` where a gateway has stored the body. An
event's own value wins; objects are merged key by key. Other fields of the body are not kept. Events
are neither parsed nor written again, so one that is malformed costs no other. Text between events
or after their list is kept, too, in a malformed part or in the whole body.

A write key authenticates a sender: its value becomes null in every record. A key inside a text, a
nested list or a file in UTF-16 is not found.

https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/
"""

import re
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from cdp_spark.sources.spans import Spans, Unbalanced, elements, fields_of, members_of
from cdp_spark.sources.splits import Split

TYPES = ("track", "identify", "page", "screen", "group", "alias")
_SHARED, _MERGED = ("context", "integrations", "sentAt", "receivedAt"), ("context", "integrations")
# Segment's limit for an event with its context. It bounds what is repeated for each event.
_LONGEST_SHARED = 32 << 10
# What the shared fields may add to a body in all: a line of empty events would grow a thousandfold.
# Segment's own limits, a body of 500 KB and an event of 32 KB, allow some 150 MB.
_MOST_ADDED, _MOST_GROWTH = 256 << 20, 64
# A letter of the name may be an escape. The value may be a string, even one that is torn off,
# another scalar or a flat list. Single quotes are not JSON, but bronze keeps rejected records, too.
_NAME = b"".join(rb"(?:%c|\\u00(?i:%x))" % (letter, letter) for letter in b"writeKey")
_STRING, _SCALAR = rb'"(?:[^"\\]|\\.)*+"?', rb"[^\s,:\[\]{}\"'\\]++"
_WRITE_KEY = re.compile(
    rb'("%s"\s*+:\s*+)(?:%s|%s|\[(?:[^"\[\]{}:]|%s)*+\])' % (_NAME, _STRING, _SCALAR, _STRING)
    + rb"|('writeKey'\s*+:\s*+)(?:'[^\"'\\]*+'?|%s)" % _SCALAR,
    re.DOTALL,
)
_ESCAPE = rb"\u00"


@dataclass(frozen=True)
class _Shared:
    """The fields of a body that apply to each event, and the members of those that are objects.

    `objects` has None for an object that is malformed.
    """

    fields: dict[str, str] = field(default_factory=dict)
    objects: "dict[str, list[tuple[str, str]] | None]" = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(map(len, self.fields.values()))


def events_in(raw: bytes) -> Iterator[bytes]:
    """The events of a body, or the record itself: a single event, or no body that can be split."""
    text = _without_key(raw)
    shared, spans = _body(text)
    if not spans:
        yield text.encode("utf-8", "surrogateescape")
    for start, end in zip(spans[::2], spans[1::2], strict=True):
        yield _event(text[start:end], shared).encode("utf-8", "surrogateescape")


def event_count(raw: bytes) -> int:
    """The number of records that `events_in` yields."""
    _, spans = _body(_without_key(raw))
    return max(1, len(spans) // 2)


def _without_key(raw: bytes) -> str:
    """The text of a record, with null in place of a write key; bytes that are no text survive."""
    return _WRITE_KEY.sub(rb"\1\2null", raw).decode("utf-8", "surrogateescape")


def _body(text: str) -> "tuple[_Shared, array[int]]":
    """The shared fields of a body, and starts and ends of its events; none if it can't be split."""
    with suppress(Unbalanced):
        fields = fields_of(text) if '"batch"' in text else Spans()
        shared = _shared(text, fields)
        spans = _spans(text, *fields["batch"]) if _is_body(text, fields) else array("q")
        added = shared.size * (len(spans) // 2)
        if shared.size <= _LONGEST_SHARED and added <= max(_MOST_ADDED, _MOST_GROWTH * len(text)):
            return shared, spans
    return _Shared(), array("q")


def _spans(text: str, start: int, end: int) -> "array[int]":
    """Starts and ends of the events in the list from `start` to `end`."""
    spans, events = array("q"), elements(text, start)
    while True:
        try:
            spans.extend(next(events))
        except StopIteration as last:
            if last.value != end:  # text after the list, which may hold more events
                raise Unbalanced from None
            return spans


def _shared(text: str, fields: Spans) -> _Shared:
    found = {name: text[slice(*fields[name])] for name in _SHARED if name in fields}
    given = {name: value for name, value in found.items() if value != "null"}
    merged = {name: given[name] for name in _MERGED if _is_object(given.get(name, ""))}
    # Parsed once for a body, not once for each event.
    return _Shared(given, {name: _members(value) for name, value in merged.items()})


def _members(text: str) -> list[tuple[str, str]] | None:
    """Name and value of each member of an object; None if it is malformed."""
    with suppress(Unbalanced):
        return [(name, text[start:end]) for name, start, end in members_of(text)]
    return None


def _is_body(text: str, fields: Spans) -> bool:
    """Whether there is a list `batch`, and no type of event: an event may have such a property."""
    start, end = fields.get("type", (0, 0))
    is_event = text[start:end].strip('"').lower() in TYPES
    return "batch" in fields and text[fields["batch"][0]] == "[" and not is_event


def _event(event: str, shared: _Shared) -> str:
    """An event with the shared fields that it lacks; malformed ones as they are."""
    fields = shared.fields
    if not fields or not _is_object(event):
        return event
    if not any(f'"{name}"' in event for name in fields):
        return _with(event, [*fields.items()])
    own = _members(event)
    if own is None:
        return event
    kept = [(name, value) for name, value in own if name not in fields or value != "null"]
    try:
        merged = [(name, _merged(name, value, shared)) for name, value in kept]
    except Unbalanced:
        return event
    given = {name for name, _ in kept}
    added = [(name, value) for name, value in fields.items() if name not in given]
    return _with(_object(merged), added)


def _merged(name: str, own: str, shared: _Shared) -> str:
    """The value of an event's field, with the keys of the shared object that it lacks."""
    if name not in shared.objects or not _is_object(own):
        return own
    others, names = shared.objects[name], {key for key, _, _ in members_of(own)}
    if others is None:
        raise Unbalanced
    return _with(own, [(key, value) for key, value in others if key not in names])


def _is_object(text: str) -> bool:
    return text.startswith("{") and text.endswith("}")


def _with(whole: str, added: list[tuple[str, str]]) -> str:
    """An object with further members."""
    if not added:
        return whole
    before = whole[:-1].rstrip()
    comma = "" if before == "{" else ","
    return f"{before}{comma}{_object(added)[1:]}"


def _object(fields: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in fields) + "}"


BATCHES = Split((b'"batch"', b"writeKey", _ESCAPE), events_in, event_count)
