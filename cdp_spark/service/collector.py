"""The collector: Segment's HTTP tracking API over landing folders.

SDKs of Segment, RudderStack and Jitsu work unchanged: `/v1/track`, identify, page, screen, group,
alias and batch, with the write key as the user of HTTP Basic, as `X-Write-Key`, or as `writeKey` in
the body, as browsers do. 200: the bytes are on disk. 429: too many bytes wait. 503: the write
failed. After 429 and 503 the sender may retry.
"""

import asyncio
import base64
import binascii
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import uvicorn
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

from cdp_spark.service.landing import Landing, LandingBroken, LandingFull
from cdp_spark.service.messages import (
    KINDS,
    RequestRejected,
    decompressed,
    event_lines,
    json_object,
)
from cdp_spark.service.settings import CollectorSettings

_RETRY_SECONDS = "2"
_ENVELOPE_BYTES = 256  # bytes that messageId, sentAt and receivedAt may add to an event


def collector(
    settings: CollectorSettings, keys: Mapping[str, str], landings: Mapping[str, Landing]
) -> FastAPI:
    """The web application; `keys` are the write keys by source, `landings` their folders."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        for landing in landings.values():
            await asyncio.to_thread(landing.close)

    app = FastAPI(title="Collector", lifespan=lifespan, openapi_url=None)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(settings.origins),
        allow_methods=["POST"],
        allow_headers=["authorization", "content-type", "x-write-key"],
    )

    async def take(request: Request) -> JSONResponse:
        source, lines = await _received(request, settings, keys)
        if lines:
            await asyncio.wrap_future(landings[source].put(lines))
        return JSONResponse({"success": True})

    for kind in (*KINDS, "batch", "import"):
        app.add_api_route(f"/v1/{kind}", take, methods=["POST"])
    for fault in (RequestRejected, LandingFull, LandingBroken):
        app.add_exception_handler(fault, _fault_response)
    app.add_api_route("/health", lambda: {"status": "up"}, methods=["GET"])
    return app


def serve(app: FastAPI, settings: CollectorSettings) -> None:
    """Listen until the process gets a signal to end; write what waits first.

    No line per request is logged: addresses are personal.
    """
    uvicorn.run(
        app, host=settings.host, port=settings.port, access_log=False, log_level="warning",
        server_header=False, timeout_graceful_shutdown=10,
    )  # fmt: skip


async def _received(
    request: Request, settings: CollectorSettings, keys: Mapping[str, str]
) -> tuple[str, bytes]:
    """The source of a request, and its events as lines of JSON."""
    body = json_object(await _text(request, settings.longest_request))
    source = _source(request, body, keys)
    kind = request.url.path.rsplit("/", 1)[-1]
    now = datetime.now(tz=UTC)  # noqa: TID251 - the time of receipt
    return source, event_lines(kind, body, now, settings.longest_event + _ENVELOPE_BYTES)


async def _text(request: Request, longest: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > longest:
            raise RequestRejected(413, f"request: expected at most {longest} bytes")
    return decompressed(bytes(body), request.headers.get("content-encoding", ""), longest)


def _source(request: Request, body: Mapping[str, object], keys: Mapping[str, str]) -> str:
    """The source of the request's write key.

    Raises:
        RequestRejected: a missing or unknown key.
    """
    given = (
        _basic(request.headers.get("authorization", ""))
        or request.headers.get("x-write-key", "").split(":")[0]
        or str(body.get("writeKey") or "")
    )
    found = [
        source for source, key in keys.items() if hmac.compare_digest(key.encode(), given.encode())
    ]
    if not found:
        raise RequestRejected(
            401,
            "write key: missing or unknown; send it as HTTP Basic user, X-Write-Key or writeKey",
        )
    return found[0]


def _basic(header: str) -> str:
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().split(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _fault_response(_: Request, fault: Exception) -> JSONResponse:
    """The response to a fault; Retry-After means that the sender may retry."""
    headers: dict[str, str] | None = {"Retry-After": _RETRY_SECONDS}
    match fault:
        case RequestRejected(status=status):
            reason, headers = str(fault), None
        case LandingFull():
            status, reason = 429, "too many bytes wait for the disk; retry later"
        case _:
            status, reason = 503, "could not be written; retry later"
    return JSONResponse({"success": False, "error": reason}, status, headers)
