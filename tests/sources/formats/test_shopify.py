import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pyspark.sql import Row

from cdp_spark.sources import known_formats
from cdp_spark.sources.formats import shopify
from cdp_spark.sources.parsed import PARSED
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.sources.shopify_refunds import with_refunds
from tests.docs.formats import codes
from tests.sources.formats.outcomes import outcome

Parsed = Callable[..., list[Row]]
_SHOP = SourceSettings(name="shop", format="shopify_orders", path="landing/shop")
_PEOPLE = SourceSettings(name="people", format="shopify_customers", path="landing/people")
_ORDER = {"id": 1, "created_at": "2025-01-10T00:00:00Z", "total_price": "5.00", "test": False}
_REFUND = {
    "id": 2,
    "order_id": 1,
    "created_at": "2025-01-10T00:00:00Z",
    "refund_line_items": [],
    "transactions": [],
}
_CUSTOMER = {"id": 3, "updated_at": "2025-01-10T00:00:00Z"}
_TIMES = "created_at, processed_at, updated_at or cancelled_at"
_MARIA = [
    ("user_id", "207119551"),
    ("email", "maria@mail.example.org"),
    ("phone", "+351910000001"),
]


def _odd(values: list[Any]) -> list[Any]:
    return values


def _results(
    parsed: Parsed, source: SourceSettings, base: dict[str, Any], *changes: Any
) -> list[Row]:
    return parsed(source, *[json.dumps(base | change) for change in changes])


def _reasons(results: list[Row]) -> list[tuple[str | None, str | None]]:
    return [outcome(row) for row in results]


def _people(row: Row) -> list[tuple[str, str]] | None:
    found = row["identifiers"]
    return None if found is None else [(one["kind"], one["value"]) for one in found]


def _paid_back(*amounts: Any, **others: Any) -> dict[str, Any]:
    kind = {"kind": "refund", "status": "success"} | others
    return {"transactions": [kind | {"amount": amount} for amount in amounts]}


def test_its_files_are_lines() -> None:
    layouts = {name: form.layout for name, form in known_formats().items()}
    assert (layouts["shopify_orders"], layouts["shopify_customers"]) == ("lines", "lines")


def test_orders_and_refunds_have_all_columns(
    parsed: Parsed, sample_lines: Callable[[str], list[str]]
) -> None:
    results = parsed(_SHOP, *sample_lines("shopify_orders.jsonl"))
    order, updated, cancelled, refund = results
    names = (
        "reason",
        "event_id",
        "name",
        "event_at",
        "available_at",
        "order_id",
        "amount",
        "currency",
    )
    euro, completed = (Decimal("45.00"), "EUR"), "Order Completed"
    at, id_ = "2025-01-10 09:15:00", "450789469"
    assert [tuple(row[name] for name in names) for row in results] == [
        (None, f"order:{id_}", completed, at, "2025-01-10 09:15:04", id_, *euro),
        (None, f"order:{id_}", completed, at, "2025-01-12 11:00:01", id_, *euro),
        (None, "order:450789470:cancelled", "Order Cancelled", "2025-01-11 08:00:00",
         "2025-01-11 08:00:01", "450789470", Decimal("4.90"), "EUR"),
        (None, "refund:509562969", "Order Refunded", "2025-01-12 10:59:58",
         "2025-01-12 11:00:00", id_, Decimal("20.05"), "EUR"),
    ]  # fmt: skip
    assert [_people(row) for row in results] == [_MARIA, _MARIA, [], None]
    person = ("email", "phone", "first_name", "last_name", "city", "country")
    assert tuple(order[name] for name in person) == (
        "maria@mail.example.org", "+351910000001", "Maria", "Silva", "Porto", "Portugal",
    )  # fmt: skip
    assert (cancelled["first_name"], cancelled["city"]) == (None, None)
    assert [row["campaign"] for row in results] == ["spring sale", "spring sale", None, None]
    assert [row["consent"] for row in results] == [
        *[{"marketing": True, "sms_marketing": False}] * 2,
        None,
        None,
    ]
    assert [tuple(one) for one in order["products"]] == [
        ("632910392", "Blue cup", "Azul", None, Decimal("20.05"), Decimal("2.000")),
        ("POT-9", "Pot", None, None, Decimal("4.90"), Decimal("1.000")),
    ]
    assert [tuple(one) for one in refund["products"]] == [
        ("632910392", "Blue cup", "Azul", None, Decimal("20.05"), Decimal("1.000"))
    ]
    assert json.loads(updated["properties"])["financial_status"] == "partially_refunded"
    assert {row["type"] for row in results} == {"track"}


def test_its_page_names_each_reason_and_warning() -> None:
    reasons, warnings = codes(shopify)
    times = ["unreadable_time", "time_out_of_range"]
    assert reasons == ["missing_id", "test_record", "missing_order", *times]
    assert warnings == ["unreadable_amount", "unreadable_time"]


def test_customers_have_all_columns(
    parsed: Parsed, sample_lines: Callable[[str], list[str]]
) -> None:
    results = parsed(_PEOPLE, *sample_lines("shopify_customers.jsonl"))
    names = (
        "reason",
        "event_id",
        "type",
        "name",
        "event_at",
        "email",
        "phone",
        "first_name",
        "city",
    )
    assert [tuple(row[name] for name in names) for row in results] == [
        (None, "customer:207119551:2025-01-10T09:14:00+00:00", "identify", "identify",
         "2025-01-10 09:14:00", "maria@mail.example.org", "+351910000001", "Maria", "Porto"),
        (None, "customer:207119552:2025-01-11T09:14:00-05:00", "identify", "identify",
         "2025-01-11 14:14:00", "rui@mail.example.org", None, "Rui", None),
    ]  # fmt: skip
    assert [_people(row) for row in results] == [
        _MARIA,
        [("user_id", "207119552"), ("email", "rui@mail.example.org")],
    ]
    assert [row["consent"] for row in results] == [
        {"marketing": True, "sms_marketing": False},
        {"marketing": False},
    ]
    assert json.loads(results[0]["traits"])["state"] == "enabled"


def test_orders_that_are_no_event_say_why(parsed: Parsed) -> None:
    out_of_range = ("time_out_of_range", _TIMES)
    cases: list[tuple[dict[str, Any], Any]] = [
        *[({"id": odd}, ("missing_id", "id")) for odd in _odd([None, "", {"a": 1}, ["x"]])],
        ({"test": True}, ("test_record", "test")),
        *[
            ({"created_at": odd, "updated_at": "2025-01-10"}, ("unreadable_time", "created_at"))
            for odd in _odd(["noon", 5, {}, "2025-02-30"])
        ],
        ({"created_at": None, "processed_at": ""}, ("unreadable_time", _TIMES)),
        ({"cancelled_at": "noon"}, ("unreadable_time", "cancelled_at")),
        ({"updated_at": "20000-01-01T00:00:00Z"}, (None, None)),
        ({"processed_at": "1999-12-31T23:59:59Z"}, out_of_range),
        *[
            ({"total_price": odd}, ("unreadable_amount", "total_price"))
            for odd in _odd(["NaN", "Infinity", "1e30", "5 EUR", {}, [], True])
        ],
        *[({"total_price": odd}, (None, None)) for odd in _odd([None, "", "-0.01"])],
        ({"total_price": 5, "test": None}, (None, None)),
    ]
    results = _results(parsed, _SHOP, _ORDER, *[change for change, _ in cases])
    assert _reasons(results) == [expected for _, expected in cases]


def test_refunds_add_up_what_was_paid_back_and_say_what_is_wrong(parsed: Parsed) -> None:
    bad = ("unreadable_amount", "transactions.amount")
    cases: list[tuple[dict[str, Any], Any, Any]] = [
        (_paid_back("1.50", 2), None, Decimal("3.50")),
        (_paid_back("9", status="failure"), None, 0),
        (_paid_back("9", kind="void"), None, 0),
        ({"transactions": None}, None, 0),
        ({"transactions": "none"}, None, 0),
        *[(_paid_back("1", odd), bad, None) for odd in _odd(["NaN", "1e30", {}, True])],
        *[(_paid_back("1", odd), None, None) for odd in _odd([None, ""])],
        (_paid_back("5", "-1"), None, 4),
        (_paid_back("5", status="pending"), None, 5),
        (_paid_back("9999999999999999", "9999999999999999"), None, None),
        (_paid_back("1", test=True), ("test_record", "transactions.test"), 1),
        ({"order_id": None}, ("missing_order", "order_id"), 0),
        ({"order_id": {}}, ("missing_order", "order_id"), 0),
        ({"id": ""}, ("missing_id", "id"), 0),
        ({"created_at": None}, ("unreadable_time", "created_at or processed_at"), 0),
        ({"refund_line_items": [None, 7, {"quantity": "x", "line_item": 5}]}, None, 0),
    ]
    results = _results(parsed, _SHOP, _REFUND, *[change for change, _, _ in cases])
    assert _reasons(results) == [expected or (None, None) for _, expected, _ in cases]
    assert [row["amount"] for row in results] == [amount for _, _, amount in cases]
    pending = [row for row in results if row["name"] != "Order Refunded"]
    assert [(row["event_id"], row["name"]) for row in pending] == [
        ("refund:2:pending", "Refund Pending")
    ]


def test_customers_that_are_no_event_say_why(parsed: Parsed) -> None:
    times = "created_at or updated_at"
    results = _results(
        parsed,
        _PEOPLE,
        _CUSTOMER,
        {"id": None},
        {"id": {"a": 1}},
        {"updated_at": "noon"},
        {"updated_at": None},
        {"updated_at": "20000-01-01"},
        {"updated_at": None, "created_at": "2025-01-10", "email": {"a": 1}, "default_address": 5},
        {"email_marketing_consent": "yes", "accepts_marketing": True, "phone": ["x"]},
    )
    assert _reasons(results) == [
        ("missing_id", "id"),
        ("missing_id", "id"),
        ("unreadable_time", times),
        ("unreadable_time", times),
        (None, None),
        (None, None),
        (None, None),
    ]
    assert [_people(row) for row in results[5:]] == [[("user_id", "3")]] * 2
    assert results[6]["consent"] == {"marketing": True}


def test_types_that_flip_do_not_reject_an_order(parsed: Parsed) -> None:
    results = _results(
        parsed,
        _SHOP,
        _ORDER,
        {"customer": "Maria", "billing_address": [1], "line_items": {"a": 1}, "landing_site": 5},
        {"customer": {"id": {"a": 1}, "email": ["x"]}, "line_items": [None, 7, {"price": "free"}]},
        {"landing_site": "/?utm_campaign=%zz", "buyer_accepts_marketing": True, "refunds": "x"},
        {"line_items": [{"product_id": 5, "quantity": True}]},
    )
    assert _reasons(results) == [(None, None)] * 4
    assert (results[0]["products"], results[0]["campaign"]) == (None, None)
    assert (results[1]["identifiers"], results[1]["email"]) == ([], None)
    assert (results[2]["campaign"], results[2]["consent"]) == ("%zz", {"marketing": True})
    assert [one["product_id"] for one in results[3]["products"]] == ["5"]


def test_the_state_of_an_order_names_its_event(parsed: Parsed) -> None:
    """Only `Order Completed` is a sale for gold; a later state is another event."""
    card, cup = (
        {"title": "Card", "price": "2.00", "quantity": 1, "gift_card": True},
        {"title": "Cup"},
    )
    cases: list[tuple[dict[str, Any], tuple[str, str, Any]]] = [
        ({"financial_status": "paid"}, ("order:1", "Order Completed", 5)),
        ({"financial_status": "partially_refunded"}, ("order:1", "Order Completed", 5)),
        ({"financial_status": "authorized"}, ("order:1:placed", "Order Placed", 5)),
        ({"financial_status": "PENDING"}, ("order:1:placed", "Order Placed", 5)),
        ({"financial_status": "voided"}, ("order:1:cancelled", "Order Cancelled", 5)),
        ({"total_price": "0.00"}, ("order:1", "Order Completed", 0)),
        ({"line_items": [card, cup]}, ("order:1", "Order Completed", 3)),
        ({"line_items": [card]}, ("order:1", "Gift Card Bought", 5)),
    ]
    results = _results(parsed, _SHOP, _ORDER, *[change for change, _ in cases])
    assert [(row["event_id"], row["name"], row["amount"]) for row in results] == [
        expected for _, expected in cases
    ]
    assert {row["order_id"] for row in results} == {"1"}


def test_orders_and_refunds_of_the_graphql_api_are_those_of_the_rest_api(parsed: Parsed) -> None:
    money = {"shopMoney": {"amount": "200.0", "currencyCode": "TRY"}}
    line = {
        "title": "Cup",
        "quantity": 2,
        "vendor": "Azul",
        "product": {"id": "gid://shopify/Product/77"},
        "originalUnitPriceSet": money,
    }
    order = {
        "id": "gid://shopify/Order/501",
        "createdAt": "2025-01-10T09:00:00Z",
        "processedAt": "2025-01-10T09:00:00Z",
        "updatedAt": "2025-01-10T09:00:05Z",
        "displayFinancialStatus": "PAID",
        "test": False,
        "email": "nur@mail.example.org",
        "totalPriceSet": money,
        "customer": {
            "id": "gid://shopify/Customer/88",
            "firstName": "Nur",
            "lastName": "Ak",
            "emailMarketingConsent": {"marketingState": "SUBSCRIBED"},
        },
        "billingAddress": {"city": "Izmir", "country": "Turkey"},
    }
    refund = {
        "id": "gid://shopify/Refund/9501",
        "order": {"id": "gid://shopify/Order/501"},
        "createdAt": "2025-01-11T09:00:00Z",
        "totalRefundedSet": {"shopMoney": {"amount": "100.0", "currencyCode": "TRY"}},
        "refundLineItems": {"edges": []},
    }
    edges = {"lineItems": {"edges": [{"node": line}]}}
    nodes = {"lineItems": {"nodes": [line]}}
    results = parsed(_SHOP, *map(json.dumps, (order | edges, order | nodes, refund)))
    names = ("event_id", "name", "order_id", "amount", "currency", "event_at")
    bought = ("order:501", "Order Completed", "501", 200, "TRY", "2025-01-10 09:00:00")
    assert [tuple(row[name] for name in names) for row in results] == [
        bought,
        bought,
        ("refund:9501", "Order Refunded", "501", 100, "TRY", "2025-01-11 09:00:00"),
    ]
    for row in results[:2]:
        assert _people(row) == [("user_id", "88"), ("email", "nur@mail.example.org")]
        assert (row["first_name"], row["last_name"], row["city"]) == ("Nur", "Ak", "Izmir")
        assert row["consent"] == {"marketing": True}
        assert [tuple(one) for one in row["products"]] == [
            ("77", "Cup", "Azul", None, Decimal("200.00"), Decimal("2.000"))
        ]


def test_a_customer_of_the_graphql_api_has_all_columns(parsed: Parsed) -> None:
    customer = {
        "id": "gid://shopify/Customer/88",
        "updatedAt": "2025-01-10T09:00:00Z",
        "firstName": "Nur",
        "defaultEmailAddress": {"emailAddress": "nur@mail.example.org"},
        "defaultPhoneNumber": {"phoneNumber": "+905001112233"},
        "defaultAddress": {"city": "Izmir"},
        "emailMarketingConsent": {"marketingState": "UNSUBSCRIBED"},
    }
    (row,) = parsed(_PEOPLE, json.dumps(customer))
    assert (row["event_id"], row["first_name"], row["city"]) == (
        "customer:88:2025-01-10T09:00:00Z", "Nur", "Izmir",
    )  # fmt: skip
    assert _people(row) == [
        ("user_id", "88"),
        ("email", "nur@mail.example.org"),
        ("phone", "+905001112233"),
    ]
    assert row["consent"] == {"marketing": False}


def test_a_refund_is_one_event_however_it_comes(
    parsed: Parsed, sample_lines: Callable[[str], list[str]]
) -> None:
    _, updated, _, webhook = sample_lines("shopify_orders.jsonl")
    of_order = [one.decode() for one in with_refunds(updated.encode())]
    first, nested, alone = parsed(_SHOP, *of_order, webhook)
    assert (first["name"], nested["name"]) == ("Order Completed", "Order Refunded")
    assert [nested[name] for name in PARSED] == [alone[name] for name in PARSED]
    graphql = {
        "id": "gid://shopify/Refund/9",
        "createdAt": "2025-01-11T09:00:00Z",
        "totalRefundedSet": {"shopMoney": {"amount": "5.0", "currencyCode": "TRY"}},
    }
    order = {"id": "gid://shopify/Order/7", "refunds": [graphql], "test": False}
    tried = order | {"test": True}
    refunds = [[*with_refunds(json.dumps(one).encode())][1] for one in (order, tried)]
    real, test = parsed(_SHOP, *[one.decode() for one in refunds])
    assert (real["event_id"], real["order_id"], real["amount"]) == ("refund:9", "7", 5)
    assert outcome(test) == ("test_record", "transactions.test")
