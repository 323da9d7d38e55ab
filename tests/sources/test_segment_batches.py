import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_spark.sources import segment_batches, spans
from cdp_spark.sources.segment_batches import BATCHES, event_count, events_in

_KEY = "a-write-key"


def _events(body: str | bytes) -> list[str]:
    raw = body.encode() if isinstance(body, str) else body
    found = [event.decode("utf-8", "backslashreplace") for event in events_in(raw)]
    assert event_count(raw) == len(found)
    return found


def _objects(*events: Any, **others: Any) -> list[Any]:
    return [json.loads(one) for one in _events(json.dumps({"batch": events} | others))]


def test_each_event_of_a_body_gets_the_shared_fields_that_it_lacks() -> None:
    shared = {"context": {"ip": "192.0.2.1", "library": {"name": "shared"}}, "sentAt": "2025-01-01",
              "receivedAt": "2025-01-02", "integrations": {"All": False}}  # fmt: skip
    library = {"library": {"name": "own"}}
    found = _objects(
        {"userId": "a"},
        {"userId": "b", "context": library, "sentAt": "own", "integrations": {"CRM": True}},
        {"context": None, "sentAt": None, "properties": {"context": "kept"}},
        {"context": "text"},
        {},
        userId="not of the events",
        **shared,
    )
    assert found == [
        {"userId": "a"} | shared,
        {"userId": "b", "context": {"ip": "192.0.2.1"} | library, "sentAt": "own",
         "receivedAt": "2025-01-02", "integrations": {"All": False, "CRM": True}},
        {"properties": {"context": "kept"}} | shared,
        shared | {"context": "text"},
        shared,
    ]  # fmt: skip


def test_an_event_keeps_its_text() -> None:
    """No number is rounded, and no key that is there twice is lost: silver rejects such events."""
    event = '{"a":1.10 , "a":[12345678901234567890123],"\\u0062":"\\ud83d"}'
    assert _events(f'\ufeff{{"batch":[ {event} , {event}]}}\r') == [event] * 2
    sent = _events(f'{{"batch":[{event}],"sentAt":"now"}}')
    assert sent == [event[:-1] + ',"sentAt":"now"}']


def test_malformed_events_stay_as_they_are_and_cost_no_other() -> None:
    raw = b'{"batch":[{"a":1},{bad},7,null,"x",{"b":"\xff"},{"c":"\x01"}, ,{"d":2}],"sentAt":"S"}'
    sent = ',"sentAt":"S"}'
    assert _events(raw) == [
        '{"a":1' + sent, "{bad" + sent, "7", "null", '"x"', '{"b":"\\xff"' + sent,
        '{"c":"\x01"' + sent, "", '{"d":2' + sent,
    ]  # fmt: skip
    assert _events('{"batch":[{"sentAt":1,x}],"sentAt":"S"}') == ['{"sentAt":1,x}']
    twice = '{"context":{"a":1},"context":{"a":2}}'
    assert _events(f'{{"batch":[{twice}],"context":{{"b":3}}}}') == [
        '{"context":{"a":1,"b":3},"context":{"a":2,"b":3}}'
    ]


@pytest.mark.parametrize(
    "body",
    [
        '{"batch":[]}',
        '{"batch":{"a":1}}',
        '{"batch":null}',
        '{"batch":[{"a":1}]} and more',
        '{"batch":[{"a":1}',
        '{"batch":[{"a":1}],"batch":[{"a":2}]}',
        '{"type":"Track","batch":[{"size":1}]}',
        '[{"batch":[1]}]',
        '{"properties":{"batch":[1]}}',
        '{"batch":[{"a":1}],"context":{"long":"' + "x" * (33 << 10) + '"}}',
    ],
)
def test_what_is_no_body_stays_one_record(body: str) -> None:
    assert _events(body) == [body]


@pytest.mark.parametrize(
    "body",
    [
        {"batch": [{"a": 1, "writeKey": _KEY}], "writeKey": _KEY, "context": {"writeKey": _KEY}},
        {"type": "track", "writeKey": _KEY},
        {"batch": [], "writeKey": _KEY},
    ],
)
def test_a_write_key_is_in_no_record(body: dict[str, Any]) -> None:
    for text in (json.dumps(body), json.dumps(body, indent=1), json.dumps(body)[:-3]):
        assert BATCHES.may_apply(text.encode())
        found = _events(text)
        assert _KEY not in "".join(found)
        assert '"writeKey"' in "".join(found) or "batch" in body
    assert _events('{"writeKey":"torn \\" off') == ['{"writeKey":null']


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ('{"write\\u004bey":"a-key"}', '{"write\\u004bey":null}'),
        ('{"\\u0077rite\\u004Bey" : "a-key","b":1}', '{"\\u0077rite\\u004Bey" : null,"b":1}'),
        ('{"writeKey":["a-key", "b]"],"b":[1]}', '{"writeKey":null,"b":[1]}'),
        ('{"writeKey":12345,"b":"5"}', '{"writeKey":null,"b":"5"}'),
        ("{'writeKey': 'a-key', 'b': 1}", "{'writeKey': null, 'b': 1}"),
        ('{"writeKey":[["b"]],"b":1}', None),
        ('{"b":"it\'s \'writeKey\':","c":"\\"writeKey\\":\\"b\\"","d":"writeKey: b"}', None),
        ('{"b":"\'writeKey\': \'b\\\\"}', '{"b":"\'writeKey\': null\\\\"}'),
    ],
)
def test_a_write_key_is_found_however_it_is_written(sent: str, kept: str | None) -> None:
    assert BATCHES.may_apply(sent.encode())
    assert _events(sent) == [kept or sent]


@pytest.mark.parametrize(
    "between", [" ", ":", "x", '{"messageId":"3"}', ";", "}", '"messageId":"3"', ',"a":1}{"b":2}']
)
def test_text_between_events_is_kept(between: str) -> None:
    """Silver rejects the record as not_json; else the second event would be in no table."""
    one, two = '{"messageId":"1","sentAt":"own"}', '{"messageId":"2","type":"track"}'
    shared = '"sentAt":"S","context":{"ip":"x"}'
    for body in (
        f'{{"batch":[{one}{between}{two}],{shared}}}',
        f'{{"batch":[{{"context":{one}{between}{two}}}],{shared}}}',
        f'{{"batch":[{one}]{between}[{two}],{shared}}}',
    ):
        found = "".join(_events(body))
        assert all(f'"messageId":"{number}"' in found for number in (1, 2)), body
        assert between.strip() in found


def test_text_after_the_list_leaves_the_body_whole() -> None:
    body = '{"batch":[{"messageId":"1"},][{"messageId":"2"}, ...],"sentAt":"S"}'
    assert _events(body) == [body]


_CONTEXTS = ("", ',"context":{"a":[1,"]}"]}', ',"sentAt":"own"', ',"properties":{"list":[{},"x"]}')
_MARKS = '{}[],:"\\ x1'


@given(
    contexts=st.lists(st.sampled_from(_CONTEXTS), min_size=1, max_size=4),
    shared=st.sampled_from(["", ',"context":{"ip":"x"}', ',"sentAt":"S","context":{"a":1}']),
    place=st.integers(0, 400),
    mark=st.sampled_from(["", *_MARKS]),
    is_insert=st.booleans(),
)
def test_no_event_of_a_body_with_a_wrong_character_is_lost(
    contexts: list[str], shared: str, place: int, mark: str, *, is_insert: bool
) -> None:
    ids = [f"event-{number}" for number in range(len(contexts))]
    events = [
        f'{{"messageId":"{one}"{context}}}' for one, context in zip(ids, contexts, strict=True)
    ]
    body = f'{{"batch":[{",".join(events)}]{shared}}}'
    marked = [at for at, sign in enumerate(body) if sign in _MARKS]
    at = marked[place % len(marked)]
    text = body[:at] + mark + body[at + (not is_insert) :]
    found = "".join(_events(text))
    assert [one for one in ids if one in text and one not in found] == []


def test_shared_objects_are_parsed_once_and_their_repetition_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsed: list[str] = []
    members = spans.members_of

    def counted(text: str) -> Any:
        parsed.append(text)
        return members(text)

    monkeypatch.setattr(segment_batches, "members_of", counted)
    context, event = '{"ip":"192.0.2.1"}', '{"context":{}}'
    body = f'{{"batch":[{",".join([event] * 100)}],"context":{context}}}'
    assert len(_events(body)) == 100
    assert parsed.count(context) == 2  # once for the events and once for their number
    monkeypatch.setattr(segment_batches, "_MOST_ADDED", len(context) * 100)
    monkeypatch.setattr(segment_batches, "_MOST_GROWTH", 0)
    assert len(_events(body)) == 100
    monkeypatch.setattr(segment_batches, "_MOST_ADDED", len(context) * 100 - 1)
    assert _events(body) == [body]
    monkeypatch.setattr(segment_batches, "_MOST_GROWTH", 2)
    assert len(_events(body)) == 100


def test_events_of_a_large_batch_are_built_one_by_one() -> None:
    event = json.dumps({"messageId": "m", "properties": {"list": [1, 2, {"a": "b"}] * 4}})
    raw = f'{{"batch":[{",".join([event] * 5_000)}],"context":{{"ip":"192.0.2.1"}}}}'.encode()
    tracemalloc.start()
    try:
        count = sum(1 for _ in events_in(raw))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (count, event_count(raw)) == (5_000, 5_000)
    assert peak < 4 * len(raw)
