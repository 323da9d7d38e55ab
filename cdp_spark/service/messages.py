"""Requests in Segment's HTTP tracking API → lines for a landing folder.

https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/
"""

import hashlib
import json
import math
import zlib
from datetime import datetime
from typing import Any

KINDS = ("track", "identify", "page", "screen", "group", "alias")
_GZIP = 31
_SHARED = ("sentAt", "context", "integrations")
# A batch repeats its shared fields for each event: a request of 512 kB could become gigabytes.
_MOST_BYTES = 16 << 20


class RequestRejected(Exception):
    """A request that is not accepted; `status` is the HTTP status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def decompressed(body: bytes, encoding: str, longest: int) -> bytes:
    """The body, gzip unpacked; never holds more than `longest` bytes.

    Raises:
        RequestRejected: too long, truncated, or another encoding.
    """
    if encoding in ("", "identity"):
        found = body
    elif encoding == "gzip":
        inflater = zlib.decompressobj(wbits=_GZIP)
        try:
            found = inflater.decompress(body, longest + 1)
        except zlib.error as torn:
            raise RequestRejected(400, "body: expected gzip, as Content-Encoding says") from torn
        if not inflater.eof and len(found) <= longest:
            raise RequestRejected(
                400, "body: expected a complete gzip stream, found a truncated one"
            )
    else:
        raise RequestRejected(415, "Content-Encoding: expected gzip or none")
    if len(found) > longest:
        raise RequestRejected(413, f"request: expected at most {longest} bytes")
    return found


def json_object(text: bytes) -> dict[str, Any]:
    """The JSON object of a request, without `writeKey` in the objects inside it.

    Raises:
        RequestRejected: not one JSON object, or one that the lake can't read.
    """
    try:
        found = json.loads(
            text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_unique_keys
        )
    except (ValueError, RecursionError) as fault:
        raise RequestRejected(400, "body: expected one JSON object") from fault
    if not isinstance(found, dict):
        raise RequestRejected(400, "body: expected one JSON object")
    _drop_keys(list(found.values()))
    return found


def _drop_keys(values: list[Any]) -> None:
    # Not recursive: a request may be nested more deeply than calls may be.
    while values:
        value = values.pop()
        if isinstance(value, dict):
            value.pop("writeKey", None)
            values.extend(value.values())
        elif isinstance(value, list):
            values.extend(value)


def _no_constant(word: str) -> None:
    raise ValueError(word)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("infinite number")
    return number


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("duplicate key")
    return found


def event_lines(kind: str, body: dict[str, Any], received_at: datetime, longest: int) -> bytes:
    """One line per event of a request, with its time of receipt; all events or none.

    `kind` is batch (or its alias import) or the type of the single event. An event without
    messageId gets a hash of its content, so that a repeated request has the same one.

    Raises:
        RequestRejected: an invalid event, or one that is too long; or all are too long together.
    """
    is_batch = kind in ("batch", "import")
    events = body.get("batch") if is_batch else [body | {"type": kind}]
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise RequestRejected(400, "batch: expected a list of objects")
    shared = {name: body[name] for name in _SHARED if is_batch and body.get(name)}
    at = received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    lines = bytearray()
    for event in events:
        line = _line(_with(shared, event), at)
        if len(line) > longest:
            raise RequestRejected(413, f"event: expected at most {longest} bytes")
        lines += line
        if len(lines) > _MOST_BYTES:
            raise RequestRejected(
                413, f"batch: expected at most {_MOST_BYTES} bytes with the shared fields in each"
            )
    return bytes(lines)


def _with(shared: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """The event with the shared fields that it lacks; objects are merged key by key."""
    own = {name: one for name, one in event.items() if one is not None or name not in shared}
    merged = {
        name: one | own[name]
        for name, one in shared.items()
        if isinstance(one, dict) and isinstance(own.get(name), dict)
    }
    return shared | own | merged


def _line(event: dict[str, Any], received_at: str) -> bytes:
    if event.get("type") not in KINDS:
        raise RequestRejected(400, f"type: expected one of {', '.join(KINDS)}")
    message = {
        name: value for name, value in event.items() if name not in ("writeKey", "receivedAt")
    }
    if not message.get("messageId"):
        message["messageId"] = hashlib.sha256(_compact(message)).hexdigest()[:32]
    return _compact(message | {"receivedAt": received_at}) + b"\n"


def _compact(event: dict[str, Any]) -> bytes:
    # ASCII only: half a surrogate pair is valid JSON but not valid UTF-8.
    return json.dumps(event, separators=(",", ":"), allow_nan=False).encode("ascii")
