import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pyspark.sql import Row

from cdp_spark.sources import known_formats
from cdp_spark.sources.formats.snowplow import FIELDS
from cdp_spark.sources.settings import SourceSettings
from tests.sources.formats.outcomes import outcome

Parsed = Callable[..., list[Row]]
_SITE = SourceSettings(name="site", format="snowplow", path="landing/site")
_EVENT = {
    "event": "page_view",
    "event_id": "e1",
    "collector_tstamp": "2025-01-10 09:15:01.250",
    "derived_tstamp": "2025-01-10 09:15:00.151",
}
_BROWSER = [
    ("anonymous_id", "8c5a7b0e-52d6-4c13-9b8a-4d7e1c2f3a01"),
    ("anonymous_id", "f2b6a0c4-1d3e-4f5a-8b7c-9d0e1f2a3b4c"),
]


def _line(**changes: str) -> str:
    return "\t".join((_EVENT | changes).get(name, "") for name in FIELDS)


def _people(row: Row) -> list[tuple[str, str]]:
    return [(one["kind"], one["value"]) for one in row["identifiers"]]


def _values(row: Row, *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def test_its_files_are_lines_of_text() -> None:
    form = known_formats()["snowplow"]
    assert (form.layout, form.body) == ("lines", "text")
    assert len(FIELDS) == len(set(FIELDS)) == 131


def test_the_six_events_of_a_tracker_have_all_columns(
    parsed: Parsed, sample_lines: Callable[[str], list[str]]
) -> None:
    results = parsed(_SITE, *sample_lines("snowplow.tsv"))
    names = ("reason", "type", "name", "order_id", "amount", "currency")
    assert [_values(row, *names) for row in results] == [
        (None, "page", "page_view", None, None, None),
        (None, "track", "add to cart", None, None, None),
        (None, "track", "wishlist_add", None, None, None),
        (None, "track", "transaction", "O-1001", Decimal("45.00"), "EUR"),
        (None, "track", "transaction_item", "O-1001", Decimal("40.10"), "EUR"),
        (None, "track", "page_ping", None, None, None),
    ]  # fmt: skip
    page, struct, unstruct, _, item, ping = results
    assert page["event_id"] == (
        "c6ef3124-b53a-4b13-a233-0088f79dcbcb:2f3dd9a0e6a5e7a0b1c2d3e4f5061728"
    )
    assert _values(page, "event_at", "available_at", "campaign") == (
        "2025-01-10 09:15:00.151",
        "2025-01-10 09:15:01.25",
        "spring",
    )
    assert ping["event_at"] == ping["available_at"] == "2025-01-10 09:15:01.25"
    assert [_people(row) for row in results] == [
        _BROWSER,
        *[[("user_id", "maria.s"), *_BROWSER]] * 4,
        [],
    ]
    assert _values(page, "city", "country", "email", "consent", "traits") == (None,) * 5
    assert json.loads(struct["properties"]) == {
        "se_category": "cart",
        "se_action": "add to cart",
        "se_label": "CUP-1",
        "se_property": "colour:blue",
        "se_value": "12.5",
    }
    assert json.loads(unstruct["properties"]) == {"sku": "CUP-1", "list": "birthday"}
    assert json.loads(page["properties"])["page_title"] == "Cups"
    context = json.loads(page["context"])
    assert context["contexts"][0]["data"]["id"] == "a86c42e5-b831-45c8-b706-e214c26b4b3d"
    assert context["derived_contexts"][0]["data"]["agentName"] == "Firefox"
    assert context["about"]["domain_sessionidx"] == "3"
    assert [one.asDict() for one in item["products"]] == [
        {
            "product_id": "CUP-1",
            "name": "Blue cup",
            "brand": None,
            "category": "kitchen",
            "price": Decimal("20.05"),
            "quantity": Decimal("2.000"),
        }
    ]


def test_lines_that_are_no_event_say_why(parsed: Parsed) -> None:
    count = ("wrong_field_count", "131 fields are expected")
    missing = ("missing_id", "event_id")
    late, derived = (None, None), ("unreadable_time", "derived_tstamp")
    out_of_range = ("time_out_of_range", "derived_tstamp or collector_tstamp")
    bad_total = ("unreadable_amount", "tr_total")
    bad_price = ("unreadable_amount", "ti_price")
    cases = {
        _line().rstrip("\t"): count,
        _line()[:-1]: count,
        _line() + "\t": count,
        "": count,
        "no tabs at all": count,
        "\t" * 130: missing,
        _line(event_id=""): missing,
        _line(event_id="", event_fingerprint="f"): missing,
        _line(event_id='{"id": 1}'): missing,
        _line(event=""): ("missing_name", "event"),
        _line(collector_tstamp=""): (None, None),
        _line(collector_tstamp="12:30"): ("unreadable_time", "collector_tstamp"),
        _line(derived_tstamp="yesterday"): derived,
        _line(derived_tstamp="2025-02-30 00:00:00.000"): derived,
        _line(derived_tstamp="1999-12-31 23:59:59.999"): out_of_range,
        _line(derived_tstamp="290000-01-01 00:00:00.000"): late,
        _line(collector_tstamp="20000-01-01 00:00:00.000"): late,
        _line(tr_total="-0.01"): (None, None),
        _line(tr_total="NaN"): bad_total,
        _line(tr_total="Infinity"): bad_total,
        _line(tr_total="1e30"): bad_total,
        _line(tr_total="[1]"): bad_total,
        _line(ti_price="1", ti_quantity="-2"): (None, None),
        _line(ti_price="9999999999999999", ti_quantity="9999999999"): bad_price,
        _line(ti_price="free", ti_quantity="1"): bad_price,
    }
    results = parsed(_SITE, *cases)
    assert [outcome(row) for row in results] == list(cases.values())


def test_odd_fields_do_not_reject_an_event(parsed: Parsed) -> None:
    broken = '{"schema": "iglu:org.example/x'
    results = parsed(
        _SITE,
        _line() + "\r",
        _line(contexts=broken, derived_contexts="7", event="unstruct", unstruct_event=broken),
        _line(event="unstruct", unstruct_event='{"data": []}', event_name="screen_view"),
        _line(event_fingerprint="f1"),
        _line(event_fingerprint="f2"),
        _line(user_id="{}", domain_userid="0000", network_userid="[1]"),
        _line(ti_sku="a", ti_price="2.5", true_tstamp="never"),
    )
    assert {row["reason"] for row in results} == {None}
    assert [row["event_id"] for row in results[:5]] == ["e1", "e1", "e1", "e1:f1", "e1:f2"]
    assert _values(results[1], "name", "properties") == ("unstruct", None)
    assert json.loads(results[1]["context"])["contexts"] is None
    assert _values(results[2], "type", "name") == ("screen", "screen_view")
    assert results[5]["identifiers"] == []
    assert results[6]["amount"] == Decimal("2.50")


def _ecommerce(kind: str, *entities: tuple[str, dict[str, Any]]) -> str:
    vendor = "iglu:com.snowplowanalytics.snowplow.ecommerce"
    action = {"schema": f"{vendor}/snowplow_ecommerce_action/jsonschema/1-0-2",
              "data": {"type": kind}}  # fmt: skip
    contexts = [
        {"schema": f"{vendor}/{name}/jsonschema/1-0-0", "data": data} for name, data in entities
    ]
    other = {"schema": "iglu:org.example/transaction/jsonschema/1-0-0", "data": {"revenue": 1}}
    return _line(
        event="unstruct",
        event_name="snowplow_ecommerce_action",
        unstruct_event=json.dumps({"schema": "iglu:x", "data": action}),
        contexts=json.dumps({"schema": "iglu:y", "data": [other, *contexts]}),
    )


def test_actions_of_the_ecommerce_plugin_are_orders_with_products(parsed: Parsed) -> None:
    cup = {"id": "CUP", "name": "Cup", "price": 20.05, "quantity": 2, "currency": "EUR"}
    bought = {"transaction_id": "O-7", "revenue": 45.0, "currency": "EUR"}
    back = {"transaction_id": "O-7", "refund_amount": "20.05", "currency": "EUR"}
    user = {"id": "u1", "email": "maria@mail.example.org"}
    results = parsed(
        _SITE,
        _ecommerce("transaction", ("transaction", bought), ("product", cup), ("user", user)),
        _ecommerce("refund", ("refund", back)),
        _ecommerce("add_to_cart", ("product", cup), ("cart", {"total_value": 40})),
        _ecommerce("transaction", ("transaction", bought | {"revenue": "much"})),
    )
    names = ("reason", "name", "order_id", "amount", "currency")
    assert [_values(row, *names) for row in results] == [
        (None, "transaction", "O-7", Decimal("45.00"), "EUR"),
        (None, "refund", "O-7", Decimal("20.05"), "EUR"),
        (None, "add_to_cart", None, None, None),
        (None, "transaction", "O-7", None, "EUR"),
    ]
    assert [(one["product_id"], one["price"]) for one in results[0]["products"]] == [
        ("CUP", Decimal("20.05"))
    ]
    assert results[0]["email"] == "maria@mail.example.org"
    assert outcome(results[3]) == ("unreadable_amount", "contexts")
