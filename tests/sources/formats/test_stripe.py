import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pyspark.sql import Row

from cdp_spark.sources import known_formats
from cdp_spark.sources.settings import SourceSettings
from tests.sources.formats.outcomes import outcome

Parsed = Callable[..., list[Row]]
_PAY = SourceSettings(name="pay", format="stripe", path="landing/pay")
_EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "charge.succeeded",
    "created": 1736500500,
    "livemode": True,
}
_MARIA = [("stripe_customer_id", "cus_R1"), ("email", "maria@mail.example.org")]


def _odd(values: list[Any]) -> list[Any]:
    return values


def _charge(amount: Any, **others: Any) -> dict[str, Any]:
    return {"data": {"object": {"id": "ch_1", "currency": "eur", "amount": amount} | others}}


def _results(parsed: Parsed, *changes: dict[str, Any]) -> list[Row]:
    return parsed(_PAY, *[json.dumps(_EVENT | change) for change in changes])


def _people(row: Row) -> list[tuple[str, str]]:
    return [(one["kind"], one["value"]) for one in row["identifiers"]]


def test_its_files_are_lines() -> None:
    assert known_formats()["stripe"].layout == "lines"


def test_events_of_payments_and_customers_have_all_columns(
    parsed: Parsed, sample_lines: Callable[[str], list[str]]
) -> None:
    results = parsed(_PAY, *sample_lines("stripe.jsonl"))
    names = ("event_id", "reason", "type", "name", "order_id", "amount", "currency")
    assert [tuple(row[name] for name in names) for row in results] == [
        ("evt_1Qf01", None, "track", "charge.succeeded", "O-1001", Decimal("45.00"), "EUR"),
        ("evt_1Qf02", None, "track", "charge.refunded", "O-1001", Decimal("20.05"), "EUR"),
        ("evt_1Qf03", None, "track", "invoice.paid", "pi_3Qf02", Decimal("1200.00"), "JPY"),
        ("evt_1Qf04", None, "track", "charge.succeeded", "pi_3Qf04", Decimal("5.12"), "KWD"),
        ("evt_1Qf05", None, "identify", "customer.updated", None, None, None),
        ("evt_1Qf06", None, "track", "customer.subscription.deleted", None, None, "JPY"),
    ]
    assert [_people(row) for row in results] == [
        _MARIA,
        _MARIA,
        [
            ("stripe_customer_id", "cus_R2"),
            ("email", "ken@mail.example.org"),
            ("phone", "+81300000001"),
        ],
        [("stripe_customer_id", "cus_R3")],
        [*_MARIA, ("phone", "+351910000001")],
        [("stripe_customer_id", "cus_R2")],
    ]
    people = ("first_name", "last_name", "city", "country")
    assert [tuple(row[name] for name in people) for row in results] == [
        ("Maria", "Silva", "Porto", "PT"),
        ("Maria", "Silva", "Porto", "PT"),
        ("Ken", "Mori", "Osaka", "JP"),
        (None,) * 4,
        ("Maria da", "Silva", "Porto", "PT"),
        (None,) * 4,
    ]
    assert [row["event_at"] for row in results[:2]] == [
        "2025-01-10 09:15:00",
        "2025-01-12 16:40:00",
    ]
    assert json.loads(results[0]["properties"])["status"] == "succeeded"
    assert json.loads(results[4]["traits"])["name"] == "Maria da Silva"
    assert results[0]["traits"] is None


def test_each_currency_has_its_own_smallest_unit(parsed: Parsed) -> None:
    codes: dict[str, Any] = {
        "jpy": 500,
        "XPF": 500,
        "ugx": 5,
        "isk": 5,
        "bhd": "0.5",
        "eur": 5,
        "TND": "0.5",
    }
    results = _results(parsed, *[_charge("500", currency=code) for code in codes])
    assert [row["amount"] for row in results] == [Decimal(amount) for amount in codes.values()]
    assert results[0]["currency"] == "JPY"


def test_events_that_are_none_say_why(parsed: Parsed) -> None:
    bad = (
        "unreadable_amount",
        "data.object.amount, amount_captured, amount_refunded, amount_paid or amount_total",
    )
    shrinking = {
        "object": {"currency": "eur", "amount_refunded": 5},
        "previous_attributes": {"amount_refunded": 6},
    }
    cases: list[tuple[dict[str, Any], Any]] = [
        *[
            ({"object": odd}, ("not_an_event", "object"))
            for odd in _odd([None, "v2.core.event", {}])
        ],
        *[({"id": odd}, ("missing_id", "id")) for odd in _odd([None, "", {"a": 1}, ["x"]])],
        ({"livemode": False}, ("test_record", "livemode")),
        *[({"livemode": odd}, ("missing_livemode", "livemode")) for odd in _odd([None, "", {}])],
        *[({"type": odd}, ("missing_type", "type")) for odd in _odd([None, "", []])],
        *[
            ({"created": odd}, ("unreadable_time", "created"))
            for odd in _odd([None, "", "2025-01-10", {}, True, 1e30, 1.5])
        ],
        *[
            ({"created": odd}, ("time_out_of_range", "created"))
            for odd in _odd([0, 946684799, -(2**63)])
        ],
        *[({"created": odd}, (None, None)) for odd in (4102444800, 1736500500000, 2**63 - 1)],
        *[
            (_charge(odd), bad)
            for odd in _odd(["NaN", 1.5, "1.5", {}, [], True, 10**18, 10**30, 1e999])
        ],
        *[(_charge(odd), (None, None)) for odd in (-1, "")],
        (_charge(10**17, currency="jpy"), bad),
        (_charge(5, currency=None), ("missing_currency", "data.object.currency")),
        ({"type": "charge.refunded", "data": shrinking}, (None, None)),
        (_charge(None), (None, None)),
        (_charge(-5) | {"type": "charge.failed"}, (None, None)),
    ]
    lines = [json.dumps(_EVENT | change).replace("Infinity", "1e999") for change, _ in cases]
    results = parsed(_PAY, *lines)
    assert [outcome(row) for row in results] == [expected for _, expected in cases]


def test_types_that_flip_do_not_reject_an_event(parsed: Parsed) -> None:
    results = _results(
        parsed,
        {"data": "text"},
        {"data": {"object": [1], "previous_attributes": 7}},
        _charge(5, customer=["x"], metadata="x", billing_details={"email": {"a": 1}, "address": 1}),
        _charge(5, payment_intent={"id": "pi_1"}, metadata={"order_id": {"a": 1}}, name="Rui"),
        {"type": "charge.refunded", "data": {"object": {"currency": "eur", "amount_refunded": 5}}},
    )
    assert {row["reason"] for row in results} == {None}
    assert (results[2]["identifiers"], results[2]["email"], results[2]["order_id"]) == (
        [],
        None,
        "ch_1",
    )
    assert (results[3]["first_name"], results[3]["last_name"]) == (None, "Rui")
    assert results[4]["amount"] == Decimal("0.05")


def _of_type(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "data": {"object": {"currency": "eur", **fields}}}


def test_all_events_of_one_payment_have_one_order(parsed: Parsed) -> None:
    """Invoices before and after API version 2025-03-31, expanded objects, checkout sessions."""
    listed = {"data": [{"payment": {"type": "payment_intent", "payment_intent": "pi_77"}}]}
    expanded = {"data": [{"payment": {"payment_intent": {"id": "pi_77", "amount": 500}}}]}
    results = _results(
        parsed,
        _of_type("charge.succeeded", id="ch_1", payment_intent="pi_77", amount=500),
        _of_type("charge.succeeded", id="ch_1", payment_intent={"id": "pi_77"}, amount=500),
        _of_type("payment_intent.succeeded", id="pi_77", amount=900, amount_received=500),
        _of_type("invoice.paid", id="in_1", payment_intent="pi_77", amount_paid=500),
        _of_type("invoice.paid", id="in_1", payments=listed, amount_paid=500),
        _of_type("invoice.paid", id="in_1", payments=expanded, amount_paid=500),
        _of_type("checkout.session.completed", id="cs_1", mode="payment", payment_status="paid",
                 payment_intent="pi_77", amount_total=500),
        _of_type("charge.captured", id="ch_1", payment_intent="pi_77", amount=900,
                 amount_captured=500),
        _of_type("charge.refunded", id="ch_1", payment_intent="pi_77", amount_refunded=500),
    )  # fmt: skip
    assert [(row["order_id"], row["amount"]) for row in results] == [("pi_77", 5)] * len(results)


def test_an_invoice_of_a_charge_without_intent_is_that_charge(parsed: Parsed) -> None:
    by_charge = {"data": [{"payment": {"type": "charge", "charge": "ch_9"}}]}
    results = _results(
        parsed,
        _of_type("charge.succeeded", id="ch_9", amount=500),
        _of_type("invoice.paid", id="in_1", charge="ch_9", amount_paid=500),
        _of_type("invoice.paid", id="in_1", payments=by_charge, amount_paid=500),
        _of_type("invoice.paid", id="in_2", payments={"data": []}, amount_paid=500),
    )
    assert [row["order_id"] for row in results] == ["ch_9", "ch_9", "ch_9", "in_2"]


def test_events_that_moved_no_money_are_no_orders(parsed: Parsed) -> None:
    session = {"id": "cs_1", "payment_intent": "pi_1", "amount_total": 500}
    results = _results(
        parsed,
        _of_type("charge.succeeded", id="ch_1", payment_intent="pi_1", amount=5, captured=False),
        _of_type("invoice.paid", id="in_1", amount_paid=0),
        _of_type("checkout.session.completed", **session, mode="payment", payment_status="unpaid"),
        _of_type("checkout.session.completed", **session, mode="subscription",
                 payment_status="paid"),
        _of_type("checkout.session.expired", **session),
        _of_type("charge.failed", id="ch_1", payment_intent="pi_1", amount=500),
    )  # fmt: skip
    assert {(row["reason"], row["order_id"], row["amount"]) for row in results} == {(None,) * 3}


def test_a_checkout_session_names_its_customer(parsed: Parsed) -> None:
    details = {"email": "ece@mail.example.org", "name": "Ece Kaya", "phone": "+905001112233",
               "address": {"city": "Izmir", "country": "TR"}}  # fmt: skip
    session = {"id": "cs_1", "payment_status": "paid", "amount_total": 500}
    (row,) = _results(
        parsed, _of_type("checkout.session.completed", **session, customer_details=details)
    )
    assert (row["email"], row["phone"], row["first_name"], row["last_name"], row["city"]) == (
        "ece@mail.example.org", "+905001112233", "Ece", "Kaya", "Izmir"
    )  # fmt: skip
