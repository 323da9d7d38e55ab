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


class RequestRefused(Exception):
    """A request that is not taken; `status` is the HTTP answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def unpacked(body: bytes, encoding: str, longest: int) -> bytes:
    """The body as text, gzip unpacked; never more than `longest` bytes are held.

    Raises:
        RequestRefused: it is too long, torn, or packed in another way.
    """
    if encoding in ("", "identity"):
        found = body
    elif encoding == "gzip":
        inflater = zlib.decompressobj(wbits=_GZIP)
        try:
            found = inflater.decompress(body, longest + 1)
        except zlib.error as torn:
            raise RequestRefused(400, "body is not gzip") from torn
        if not inflater.eof and len(found) <= longest:
            raise RequestRefused(400, "body is torn gzip")
    else:
        raise RequestRefused(415, "Content-Encoding: expected gzip or none")
    if len(found) > longest:
        raise RequestRefused(413, f"request: expected at most {longest} bytes")
    return found


def object_in(text: bytes) -> dict[str, Any]:
    """The JSON object of a request.

    Raises:
        RequestRefused: it is none, or none that a lake could read.
    """
    try:
        found = json.loads(
            text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_once
        )
    except (ValueError, RecursionError) as fault:
        raise RequestRefused(400, "body: expected one JSON object") from fault
    if not isinstance(found, dict):
        raise RequestRefused(400, "body: expected one JSON object")
    return found


def _refuse(word: str) -> None:
    raise ValueError(word)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("above all numbers")
    return number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) < len(pairs):
        raise ValueError("a key twice")
    return told


def lines_of(kind: str, told: dict[str, Any], received_at: datetime, longest: int) -> bytes:
    """One line per event of a request, with when it was received; all of them or none.

    `kind` is batch (or import, the same) or that of the one event. An event without messageId gets
    one made from what it says, so that sending it again gives the same.

    Raises:
        RequestRefused: an event is not one, or is too long.
    """
    is_batch = kind in ("batch", "import")
    events = told.get("batch") if is_batch else [told | {"type": kind}]
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise RequestRefused(400, "batch: expected a list of objects")
    shared = {name: told[name] for name in ("sentAt", "context") if is_batch and told.get(name)}
    at = received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    lines = [_line(shared | event, at) for event in events]
    if any(len(line) > longest for line in lines):
        raise RequestRefused(413, f"event: expected at most {longest} bytes")
    return b"".join(lines)


def _line(event: dict[str, Any], received_at: str) -> bytes:
    if event.get("type") not in KINDS:
        raise RequestRefused(400, f"type: expected one of {', '.join(KINDS)}")
    told = {name: value for name, value in event.items() if name not in ("writeKey", "receivedAt")}
    if not told.get("messageId"):
        told["messageId"] = hashlib.sha256(_compact(told)).hexdigest()[:32]
    return _compact(told | {"receivedAt": received_at}) + b"\n"


def _compact(event: dict[str, Any]) -> bytes:
    # ASCII only: half a surrogate pair, which JSON allows, is no UTF-8.
    return json.dumps(event, separators=(",", ":"), allow_nan=False).encode("ascii")
