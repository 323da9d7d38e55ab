"""Bodies of Segment's HTTP API, as SDKs of Segment and RudderStack send them, by event.

A body of the call `batch` has the events in a list beside fields that apply to each of them:
`context`, `integrations` and `sentAt`, and `receivedAt` where a gateway has stored the body. An
event's own value wins; objects are merged key by key. Other fields of the body are not kept. Events
are neither parsed nor written again, so one that is malformed costs no other.

A write key authenticates a sender: its value becomes null in every record.

https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/
"""

import re
from array import array
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain

from cdp_spark.sources.spans import Spans, Unbalanced, elements, fields_of, members
from cdp_spark.sources.splits import Split

TYPES = ("track", "identify", "page", "screen", "group", "alias")
_SHARED, _MERGED = ("context", "integrations", "sentAt", "receivedAt"), ("context", "integrations")
# Segment's limit for an event with its context. It bounds what is repeated for each event.
_LONGEST_SHARED = 32 << 10
_WRITE_KEY = re.compile(rb'("writeKey"\s*:\s*)"(?:[^"\\]|\\.)*+"?', re.DOTALL)


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
    return _WRITE_KEY.sub(rb"\1null", raw).decode("utf-8", "surrogateescape")


def _body(text: str) -> "tuple[dict[str, str], array[int]]":
    """The shared fields of a body, and starts and ends of its events; none if it can't be split."""
    with suppress(Unbalanced):
        fields = fields_of(text)
        shared = _shared(text, fields)
        if _is_body(text, fields) and sum(map(len, shared.values())) <= _LONGEST_SHARED:
            return shared, array("q", chain.from_iterable(elements(text, fields["batch"][0])))
    return {}, array("q")


def _shared(text: str, fields: Spans) -> dict[str, str]:
    found = {name: text[slice(*fields[name])] for name in _SHARED if name in fields}
    return {name: value for name, value in found.items() if value != "null"}


def _is_body(text: str, fields: Spans) -> bool:
    """Whether there is a list `batch`, and no type of event: an event may have such a property."""
    start, end = fields.get("type", (0, 0))
    is_event = text[start:end].strip('"').lower() in TYPES
    return "batch" in fields and text[fields["batch"][0]] == "[" and not is_event


def _event(event: str, shared: dict[str, str]) -> str:
    """An event with the shared fields that it lacks; malformed ones as they are."""
    if not shared or not _is_object(event):
        return event
    if not any(f'"{name}"' in event for name in shared):
        return _with(event, shared)
    try:
        own = [(name, event[start:end]) for name, start, end in members(event, 0)]
        kept = [(name, _merged(name, value, shared)) for name, value in own
                if name not in shared or value != "null"]  # fmt: skip
    except Unbalanced:
        return event
    given = {name for name, _ in kept}
    return _with(_object(kept), {name: one for name, one in shared.items() if name not in given})


def _merged(name: str, own: str, shared: dict[str, str]) -> str:
    """The value of an event's field, with the keys of the shared object that it lacks."""
    other = shared.get(name, "")
    if name not in _MERGED or not (_is_object(own) and _is_object(other)):
        return own
    names = {key for key, _, _ in members(own, 0)}
    added = {key: other[start:end] for key, start, end in members(other, 0) if key not in names}
    return _with(own, added)


def _is_object(text: str) -> bool:
    return text.startswith("{") and text.endswith("}")


def _with(whole: str, added: dict[str, str]) -> str:
    """An object with further members."""
    if not added:
        return whole
    before = whole[:-1].rstrip()
    comma = "" if before == "{" else ","
    return f"{before}{comma}{_object([*added.items()])[1:]}"


def _object(fields: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in fields) + "}"


BATCHES = Split((b'"batch"', b'"writeKey"'), events_in, event_count)
