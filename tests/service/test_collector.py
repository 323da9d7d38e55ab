"""The collector as SDKs see it: a real server, a real SDK, real bytes on disk."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn
from segment.analytics.client import Client

from cdp_spark.service.collector import collector
from cdp_spark.service.landing import Landing, Limits
from cdp_spark.service.settings import CollectorSettings

_KEYS = {"web": "key-of-web", "app": "key-of-app"}


@dataclass
class Running:
    """A server on loopback and the folders it writes to."""

    url: str
    root: Path
    server: uvicorn.Server
    thread: threading.Thread

    def stopped(self) -> dict[str, list[dict[str, Any]]]:
        """Source → events, after the server has ended."""
        self.server.should_exit = True
        self.thread.join(20)
        return {
            name: [json.loads(line) for file in (self.root / name).glob("*.jsonl")
                   for line in file.read_bytes().splitlines()]
            for name in _KEYS
        }  # fmt: skip


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    settings = CollectorSettings(port=0, origins=("https://shop.org",), longest_request=20_000,
                                 longest_event=5_000)  # fmt: skip
    landings = {name: Landing(tmp_path / name, Limits(waiting_bytes=100_000)) for name in _KEYS}
    config = uvicorn.Config(collector(settings, _KEYS, landings), port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    found = Running(f"http://127.0.0.1:{port}", tmp_path, server, thread)
    yield found
    if thread.is_alive():
        found.stopped()


def test_segment_s_own_sdk_sends_here_unchanged(running: Running) -> None:
    errors: list[Any] = []
    for packed in (False, True):
        client = Client(_KEYS["web"], host=running.url, gzip=packed, max_retries=1,
                        on_error=lambda fault, _: errors.append(fault))  # fmt: skip
        client.identify("u1", {"email": "u1@shop.org"})
        for number in range(40):
            client.track("u1", "Seen", {"n": number, "packed": packed})
        client.page("u1", "shop", "Home")
        client.screen("u1", "app", "Start")
        client.group("u1", "g1")
        client.alias("a1", "u1")
        client.flush()
        client.join()
    assert not errors
    events = running.stopped()["web"]
    kinds = [event["type"] for event in events]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "identify": 2, "track": 80, "page": 2, "screen": 2, "group": 2, "alias": 2,
    }  # fmt: skip
    assert len({event["messageId"] for event in events}) == 90
    assert all(event["receivedAt"].endswith("Z") and event["sentAt"] for event in events)


def test_each_way_to_give_a_write_key_leads_to_its_source(running: Running) -> None:
    one = {"type": "track", "event": "Seen", "messageId": "1"}
    send = f"{running.url}/v1/track"
    ways: list[dict[str, Any]] = [
        {"auth": (_KEYS["web"], "")},
        {"headers": {"X-Write-Key": f"{_KEYS['app']}:secret"}},
        {"json": one | {"writeKey": _KEYS["web"], "messageId": "3"}},
    ]
    for number, way in enumerate(ways):
        options = {"json": one | {"messageId": str(number)}} | way
        answer = requests.post(send, timeout=10, **options)
        assert (answer.status_code, answer.json()) == (200, {"success": True})
    wrong: list[dict[str, Any]] = [{}, {"auth": ("", "")}, {"auth": ("key-of-web2", "")},
                                   {"headers": {"Authorization": "Basic %%%"}}]  # fmt: skip
    for way in wrong:
        assert requests.post(send, json=one, timeout=10, **way).status_code == 401
    events = running.stopped()
    assert {name: len(of) for name, of in events.items()} == {"web": 2, "app": 1}
    assert not any("writeKey" in event for event in events["web"])


def test_a_rejected_request_has_its_status(running: Running) -> None:
    def status(path: str, body: bytes, **headers: str) -> int:
        return requests.post(running.url + path, data=body, auth=(_KEYS["web"], ""), timeout=10,
                             headers=headers).status_code  # fmt: skip

    assert status("/v1/track", b"{") == 400
    assert status("/v1/batch", b'{"batch": 1}') == 400
    assert status("/v1/track", json.dumps({"a": "x" * 6_000}).encode()) == 413
    assert status("/v1/track", b" " * 30_000 + b"{}") == 413
    assert status("/v1/track", b"{}", **{"Content-Encoding": "br"}) == 415
    assert status("/v1/sale", b"{}") == 404
    assert requests.get(f"{running.url}/health", timeout=10).json() == {"status": "up"}
    assert running.stopped() == {"web": [], "app": []}


def test_allowed_origins_get_their_headers(running: Running) -> None:
    def allowed(origin: str) -> str | None:
        preflight = {"Origin": origin, "Access-Control-Request-Method": "POST",
                 "Access-Control-Request-Headers": "authorization"}  # fmt: skip
        answer = requests.options(f"{running.url}/v1/track", headers=preflight, timeout=10)
        return answer.headers.get("access-control-allow-origin")

    assert allowed("https://shop.org") == "https://shop.org"
    assert allowed("https://other.org") is None


def test_under_pressure_senders_retry_and_no_event_is_lost(
    running: Running,
) -> None:
    answers: list[int] = []

    def send(writer: int) -> None:
        with requests.Session() as session:
            for number in range(40):
                event = {"type": "track", "messageId": f"{writer}-{number}", "text": "x" * 4_000}
                while True:
                    answer = session.post(f"{running.url}/v1/batch", json={"batch": [event] * 4},
                                          auth=(_KEYS["web"], ""), timeout=30)  # fmt: skip
                    answers.append(answer.status_code)
                    if answer.status_code == 200:
                        break
                    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
                    time.sleep(0.02)

    threads = [threading.Thread(target=send, args=(writer,)) for writer in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = running.stopped()["web"]
    assert len(events) == answers.count(200) * 4 == 12 * 40 * 4
    assert {event["messageId"] for event in events} == {f"{w}-{n}" for w in range(12)
                                                        for n in range(40)}  # fmt: skip
