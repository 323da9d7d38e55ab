import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cdp_spark.service import messages
from cdp_spark.service.messages import RequestRejected, decompressed, event_lines, json_object

_AT = datetime(2025, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def _events(kind: str, body: dict[str, Any], longest: int = 1000) -> list[dict[str, Any]]:
    return [json.loads(line) for line in event_lines(kind, body, _AT, longest).splitlines()]


def test_an_event_gets_its_time_of_receipt_and_keeps_its_id() -> None:
    (event,) = _events("track", {"event": "Seen", "messageId": "m", "writeKey": "secret",
                                 "receivedAt": "1999-01-01T00:00:00Z"})  # fmt: skip
    assert event == {"event": "Seen", "messageId": "m", "type": "track",
                     "receivedAt": "2025-01-02T03:04:05.678Z"}  # fmt: skip


def test_events_of_a_batch_share_when_it_was_sent() -> None:
    body = {"sentAt": "t", "context": {"ip": "x"}, "integrations": {"All": False}, "batch": [
        {"type": "track", "messageId": "a", "context": None},
        {"type": "page", "messageId": "b", "sentAt": "own", "context": {"locale": "tr"}},
    ]}  # fmt: skip
    for kind in ("batch", "import"):
        one, two = _events(kind, body)
        assert (one["sentAt"], two["sentAt"], one["context"]) == ("t", "own", {"ip": "x"})
        assert two["context"] == {"ip": "x", "locale": "tr"}
        assert one["integrations"] == two["integrations"] == {"All": False}
    assert event_lines("batch", {"batch": []}, _AT, 9) == b""


def test_an_event_without_an_id_gets_the_same_each_time_it_is_sent() -> None:
    first, again = (_events("page", {"name": "Home", "timestamp": "t"})[0] for _ in range(2))
    (other,) = _events("page", {"name": "Home", "timestamp": "u"})
    assert first["messageId"] == again["messageId"] != other["messageId"]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("batch", {"batch": {}}, 400),
        ("batch", {}, 400),
        ("batch", {"batch": [1]}, 400),
        ("batch", {"batch": [{"type": "sale"}]}, 400),
        ("batch", {"batch": [{"type": "track"}, {"type": []}]}, 400),
        ("track", {"properties": "x" * 2000}, 413),
    ],
)
def test_an_invalid_event_rejects_its_request(kind: str, body: Any, status: int) -> None:
    with pytest.raises(RequestRejected) as refused:
        event_lines(kind, body, _AT, 1000)
    assert refused.value.status == status
    assert "x" * 20 not in str(refused.value)


def test_a_batch_is_rejected_before_all_of_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[int] = []
    compact = messages._compact  # noqa: SLF001 - counts the lines

    def counted(event: dict[str, Any]) -> bytes:
        built.append(1)
        return compact(event)

    monkeypatch.setattr(messages, "_compact", counted)
    events = [{"type": "track", "messageId": "m"}] * 50
    for context, most, reason in (("x" * 2000, 1 << 20, "event"), ("x" * 500, 1500, "batch")):
        monkeypatch.setattr(messages, "_MOST_BYTES", most)
        built.clear()
        with pytest.raises(RequestRejected, match=reason) as rejected:
            event_lines("batch", {"batch": events, "context": {"a": context}}, _AT, 1000)
        assert rejected.value.status == 413
        assert len(built) <= 3


def test_a_write_key_inside_a_request_is_in_no_line() -> None:
    """The one beside the events is left: it names the source."""
    body = json_object(
        b'{"writeKey":"k","context":{"writeKey":"k","a":[[{"writeKey":["k"],"b":1}]]},'
        b'"batch":[{"type":"track","messageId":"m","write\\u004bey":"k"}]}'
    )
    assert body["writeKey"] == "k"
    (event,) = _events("batch", body)
    del event["receivedAt"]
    assert event == {"type": "track", "messageId": "m", "context": {"a": [[{"b": 1}]]}}


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{", b'{"a":NaN}', b'{"a":1e999}', b'{"a":1,"a":2}', b"\xff", b'{"a":' * 99_999],
)
def test_what_is_not_one_object_is_refused(text: bytes) -> None:
    with pytest.raises(RequestRejected, match="one JSON object"):
        json_object(text)


def test_text_that_is_no_utf_8_later_is_written_in_ascii() -> None:
    body = json_object(b'{"a":"\\ud800","b":"\xc3\xa9","c":1.5,"d":12345678901234567890}')
    line = event_lines("track", body, _AT, 1000)
    assert line.isascii()
    assert json.loads(line)["b"] == "é"
    assert json.loads(line)["d"] == 12345678901234567890


def test_a_body_may_be_packed_and_is_bounded_as_it_is_unpacked() -> None:
    text = b'{"a": 1}'
    assert decompressed(text, "", 100) == decompressed(gzip.compress(text), "gzip", 100) == text
    bomb = gzip.compress(b"0" * 50_000_000)
    for body, encoding, status in (
        (bomb, "gzip", 413), (text * 20, "", 413), (text, "gzip", 400),
        (gzip.compress(text)[:-4], "gzip", 400), (text, "br", 415),
    ):  # fmt: skip
        with pytest.raises(RequestRejected) as refused:
            decompressed(body, encoding, 100)
        assert refused.value.status == status
