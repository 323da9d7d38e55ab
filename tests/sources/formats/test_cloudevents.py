import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pyspark.sql import Row

from cdp_spark.sources import known_formats
from cdp_spark.sources.formats.cloudevents import path_of
from cdp_spark.sources.settings import SourceSettings
from tests.sources.formats.outcomes import outcome

Parsed = Callable[..., list[Row]]
_BUS = SourceSettings(
    name="bus",
    format="cloudevents",
    path="landing/bus",
    columns={
        "order_id": "data.order.number",
        "amount": "data.order.total",
        "currency": "data.order.currency",
        "email": "data.customer.email",
        "city": "data.customer.city",
    },
    identifiers={"user_id": "data.customer.id", "email": "data.customer.email"},
)
_BARE = SourceSettings(name="bare", format="cloudevents", path="x")
_AT = "2025-01-10T00:00:00Z"
_EVENT = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "time": _AT}
_ORDER = ("O-1001", Decimal("45.00"), "EUR", "maria@mail.example.org", "Porto")
_MARIA = [("user_id", "maria.s"), ("email", "maria@mail.example.org")]


def _odd(values: list[Any]) -> list[Any]:
    return values


def _people(row: Row) -> list[tuple[str, str]]:
    return [(one["kind"], one["value"]) for one in row["identifiers"]]


def _reasons(results: list[Row]) -> list[tuple[str | None, str | None]]:
    return [outcome(row) for row in results]


def test_its_files_are_lines_or_batches() -> None:
    layouts = {name: form.layout for name, form in known_formats().items()}
    assert (layouts["cloudevents"], layouts["cloudevents_batch"]) == ("lines", "json")


def test_events_have_all_columns_with_configured_paths(
    parsed: Parsed, sample_lines: Callable[[str], list[str]]
) -> None:
    results = parsed(_BUS, *sample_lines("cloudevents.jsonl"))
    assert _reasons(results) == [(None, None)] * 4
    shop = "https://shop.example.org/orders"
    assert [(row["event_id"], row["type"], row["name"], row["event_at"]) for row in results] == [
        (f"{shop}#A234-1234-1234", "track", "org.example.order.placed", "2025-01-10 09:15:00.151"),
        (f"{shop}#B%23234", "track", "org.example.order.placed", "2025-01-10 09:15:00"),
        (f"{shop}#C234", "track", "org.example.note.written", "2025-01-10 09:15:02"),
        ("/sensors/door-3#C234", "track", "org.example.door.opened", "2025-01-10 09:15:03"),
    ]
    names = ("order_id", "amount", "currency", "email", "city")
    assert [tuple(row[name] for name in names) for row in results] == [
        _ORDER,
        _ORDER,
        *[(None,) * 5] * 2,
    ]
    assert [_people(row) for row in results] == [_MARIA, _MARIA, [], []]
    assert json.loads(results[0]["properties"])["lines"] == [{"sku": "CUP-1"}]
    assert results[1]["properties"] == results[0]["properties"]
    assert json.loads(results[2]["properties"]) == '<note lang="pt"/>'
    assert results[3]["properties"] is None
    assert json.loads(results[0]["context"])["subject"] == "O-1001"
    assert {row["available_at"] == row["event_at"] for row in results} == {True}


def test_events_that_are_none_say_what_is_missing(parsed: Parsed) -> None:
    far = "20000-01-01T00:00:00Z"
    cases: list[tuple[dict[str, Any], Any]] = [
        *[({"id": odd}, ("missing_id", "id")) for odd in _odd([None, "", {"a": 1}, ["x"]])],
        *[({"source": odd}, ("missing_source", "source")) for odd in _odd([None, "", {"a": 1}])],
        ({"specversion": None}, ("missing_version", "specversion")),
        ({"specversion": "0.3"}, ("unknown_version", "specversion")),
        ({"specversion": {"a": 1}}, ("unknown_version", "specversion")),
        *[({"type": odd}, ("missing_type", "type")) for odd in _odd([None, "", {}])],
        ({"time": None}, ("missing_time", "time")),
        ({"time": ""}, ("missing_time", "time")),
        *[
            ({"time": odd}, ("unreadable_time", "time"))
            for odd in _odd(["noon", 5, {}, "2025-02-30"])
        ],
        ({"time": far}, (None, None)),
        ({"time": "1999-12-31T23:59:59Z"}, ("time_out_of_range", "time")),
        ({"data": {}, "data_base64": "e30="}, ("doubled_data", "data and data_base64")),
        *[
            ({"data": {"order": {"total": odd}}}, ("unreadable_amount", "data.order.total"))
            for odd in _odd(["NaN", "1e30", {}, [], True])
        ],
        ({"data": {"order": {"total": ""}}}, (None, None)),
        ({"data": {"order": {"total": -1}}}, (None, None)),
        ({"data": {"order": {"total": None}}}, (None, None)),
    ]
    results = parsed(_BUS, *[json.dumps(_EVENT | change) for change, _ in cases])
    assert _reasons(results) == [expected for _, expected in cases]


def test_a_source_may_say_where_its_times_ids_and_products_stand(parsed: Parsed) -> None:
    places = {
        "event_id": "data.no",
        "event_at": "data.when",
        "received_at": "arrived",
        "product_id": "data.the sku",
        "price": "data.price",
        "birth_on": "data.born",
    }
    mapped = SourceSettings(name="m", format="cloudevents", path="x", columns=places)
    data = {
        "no": "n1",
        "when": "2025-01-09",
        "the sku": "CUP",
        "price": "2.5",
        "born": "1985-06-15",
    }
    results = parsed(
        mapped,
        json.dumps(_EVENT | {"time": None, "arrived": "2025-01-11", "data": data}),
        json.dumps(_EVENT | {"data": data | {"when": "noon"}}),
        json.dumps(_EVENT | {"arrived": "noon", "data": data}),
        json.dumps(_EVENT | {"time": None, "data": {"no": "n1"}}),
    )
    assert (results[0]["event_id"], results[0]["event_at"], results[0]["available_at"]) == (
        "n1",
        "2025-01-09 00:00:00",
        "2025-01-11 00:00:00",
    )
    assert [(one["product_id"], one["price"]) for one in results[0]["products"]] == [
        ("CUP", Decimal("2.50"))
    ]
    assert str(results[0]["birth_on"]) == "1985-06-15"
    assert _reasons(results) == [
        (None, None),
        ("unreadable_time", "data.when"),
        ("unreadable_time", "arrived"),
        ("missing_time", "data.when"),
    ]


def test_odd_data_do_not_reject_an_event(parsed: Parsed) -> None:
    odd: list[dict[str, Any]] = [
        {"data": "text"},
        {"data": [1]},
        {"data": None, "data_base64": "!!"},
        {"data_base64": "/w=="},
        {"data_base64": "e30=", "datacontenttype": {"a": 1}},
        {"data_base64": {"a": 1}},
        {"id": 7, "data": {"customer": {"id": {"a": 1}, "email": ["x"]}}},
        {"source": "/s#1", "id": "2"},
        {"source": "/s", "id": "1#2"},
    ]
    results = parsed(_BUS, *[json.dumps(_EVENT | change) for change in odd])
    assert {row["reason"] for row in results} == {None}
    assert [row["properties"] for row in results[:4]] == ['"text"', "[1]", "null", None]
    assert (results[6]["identifiers"], results[6]["email"]) == ([], None)
    assert [row["event_id"] for row in results[6:]] == ["/s#7", "/s#1#2", "/s#1%232"]


def test_without_configured_paths_events_have_the_standard_attributes(parsed: Parsed) -> None:
    (row,) = parsed(_BARE, json.dumps(_EVENT | {"data": {"order": {"total": -1}}}))
    assert (row["reason"], row["amount"], row["identifiers"]) == (None, None, [])


def test_a_place_may_have_any_name(parsed: Parsed) -> None:
    assert path_of("data.a b.c'd") == "$['data']['a b'][\"c'd\"]"
    named = {"user_id": "data.a b.c'd", "phone": "data.1"}
    source = SourceSettings(name="s", format="cloudevents", path="x", identifiers=named)
    (row,) = parsed(source, json.dumps(_EVENT | {"data": {"a b": {"c'd": "u"}, "1": "5"}}))
    assert _people(row) == [("user_id", "u"), ("phone", "5")]


def test_data_that_is_encoded_twice_is_read(parsed: Parsed) -> None:
    inner = {"order": {"id": "O-1", "total": "5.00"}, "customer": {"email": "a@mail.example.org"}}
    encoded = [json.dumps(inner), f"  {json.dumps(inner)}"]
    results = parsed(_BUS, *[json.dumps(_EVENT | {"data": data}) for data in [inner, *encoded]])
    assert len({(row["order_id"], row["amount"], row["email"]) for row in results}) == 1
    assert results[1]["amount"] == Decimal("5.00")
    (text,) = parsed(
        _BUS, json.dumps(_EVENT | {"data": json.dumps(inner), "datacontenttype": "text/plain"})
    )
    assert (text["reason"], text["amount"]) == (None, None)
