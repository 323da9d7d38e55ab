import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from pyspark.sql import Row

from cdp_spark.sources.settings import SourceSettings
from tests.sources.formats.outcomes import outcome

Parsed = Callable[..., list[Row]]
_WEB = SourceSettings(name="web", format="segment", path="landing/web")
_ID = {"messageId": "m1", "type": "track", "event": "Seen", "receivedAt": "2025-01-02T00:00:00Z"}


def _results(parsed: Parsed, *changes: dict[str, Any]) -> list[Row]:
    return parsed(_WEB, *[json.dumps(_ID | change) for change in changes])


def _reasons(parsed: Parsed, *changes: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    return [outcome(row) for row in _results(parsed, *changes)]


def test_an_event_has_all_columns(parsed: Parsed) -> None:
    product = {"product_id": "p", "price": "9.999", "quantity": 2, "name": "cup", "odd": {}}
    (row,) = _results(
        parsed,
        {
            "type": "TRACK",
            "event": "Order Completed",
            "timestamp": "2025-01-01T12:00:00.000Z",
            "properties": {
                "order_id": 7,
                "total": 12.345,
                "currency": "EUR",
                "products": [product],
            },
            "traits": {"email": "A@b.org", "birthday": "1985-06-15", "address": {"city": "Bonn"}},
            "context": {
                "traits": {"email": "other@b.org", "phone": 5551112233},
                "campaign": {"name": "spring"},
                "consent": {"categoryPreferences": {"marketing": True, "analytics": False}},
            },
        },
    )
    assert row["reason"] is None
    assert (row["event_id"], row["type"], row["name"]) == ("m1", "track", "Order Completed")
    assert (row["order_id"], row["amount"], row["currency"]) == ("7", Decimal("12.35"), "EUR")
    assert (row["email"], row["phone"], row["city"]) == ("A@b.org", "5551112233", "Bonn")
    assert (row["birth_on"], row["campaign"]) == (date(1985, 6, 15), "spring")
    assert row["consent"] == {"marketing": True, "analytics": False}
    assert [(one["price"], one["quantity"]) for one in row["products"]] == [(Decimal("10.00"), 2)]
    assert (row["event_at"], row["available_at"]) == ("2025-01-01 12:00:00", "2025-01-02 00:00:00")


def test_the_clock_of_the_sender_is_set_right(parsed: Parsed) -> None:
    """The sender's clock is a year slow; the event was kept for an hour before it was sent."""
    slow = {"originalTimestamp": "2024-01-01T10:00:00Z", "sentAt": "2024-01-01T11:00:00Z"}
    reset = {"originalTimestamp": "1970-01-01T00:00:00Z", "sentAt": "1970-01-01T00:00:05Z"}
    results = _results(
        parsed,
        slow,
        reset,
        slow | {"timestamp": "2025-01-01T09:00:00Z"},
        {"originalTimestamp": "2024-01-01T10:00:00Z"},
        {},
        slow | {"receivedAt": None},
    )
    assert [(row["event_at"], row["available_at"]) for row in results] == [
        ("2025-01-01 23:00:00", "2025-01-02 00:00:00"),
        ("2025-01-01 23:59:55", "2025-01-02 00:00:00"),
        ("2025-01-01 09:00:00", "2025-01-02 00:00:00"),
        ("2024-01-01 10:00:00", "2025-01-02 00:00:00"),
        ("2025-01-02 00:00:00", "2025-01-02 00:00:00"),
        ("2024-01-01 10:00:00", "2024-01-01 10:00:00"),
    ]
    assert {row["reason"] for row in results} == {None}


def test_impossible_times_are_rejected_without_an_error(parsed: Parsed) -> None:
    field = "timestamp, receivedAt or originalTimestamp"
    early, missing = ("time_out_of_range", field), ("unreadable_time", field)
    warned = ("unreadable_time", "timestamp")
    far = "290000-01-01T00:00:00Z"
    assert _reasons(
        parsed,
        {"timestamp": "yesterday"},
        {"timestamp": "12:30"},
        {"timestamp": "2025-02-30T00:00:00Z"},
        {"timestamp": "noon", "receivedAt": None},
        {"receivedAt": None},
        {"timestamp": 1735689600000},
        {"sentAt": "", "originalTimestamp": "null"},
        {"timestamp": "20000-01-01T00:00:00.000Z"},
        {"timestamp": "2025-01-01", "receivedAt": "20000-01-01T00:00:00Z"},
        {"receivedAt": far, "sentAt": f"-{far}", "originalTimestamp": far},
        {"timestamp": "1999-12-31T23:59:59Z"},
        {"originalTimestamp": "0001-01-01", "sentAt": "9999-01-01"},
    ) == [
        *[warned] * 3,
        *[missing] * 2,
        (None, None),
        ("unreadable_time", "originalTimestamp"),
        *[(None, None)] * 3,
        *[early] * 2,
    ]


def test_an_amount_that_cannot_be_read_is_null_with_a_warning(parsed: Parsed) -> None:
    amounts = [True, "NaN", "Infinity", "12 EUR", "1M-10M", "1e30", 10**17, {}, []]
    for name in ("total", "revenue"):
        given = [{"properties": {name: amount}} for amount in amounts]
        warning = ("unreadable_amount", f"properties.{name}")
        assert _reasons(parsed, *given) == [warning] * len(amounts)
        assert {row["amount"] for row in _results(parsed, *given)} == {None}
    (huge,) = parsed(_WEB, json.dumps(_ID | {"properties": {"total": 0}}).replace("0}}", "1e999}}"))
    assert outcome(huge) == ("unreadable_amount", "properties.total")
    good = [
        {"properties": {"total": amount}}
        for amount in (0, "12.50", 1e3, None, "", "-0.01", 9999999999999999)
    ]
    results = _results(
        parsed,
        *good,
        {"properties": {"revenue": 3}},
        {"properties": {"total": 1, "revenue": 2}},
        {"properties": {"total": "", "revenue": 2}},
    )
    assert [row["amount"] for row in results] == [
        0,
        Decimal("12.50"),
        1000,
        None,
        None,
        Decimal("-0.01"),
        9999999999999999,
        3,
        1,
        2,
    ]
    assert {outcome(row) for row in results} == {(None, None)}


def test_a_record_without_id_or_known_type_is_rejected(parsed: Parsed) -> None:
    missing, unknown = ("missing_id", "messageId"), ("unknown_type", "type")
    assert _reasons(
        parsed,
        {"messageId": None},
        {"messageId": ""},
        {"messageId": "x" * 101},
        {"type": 42},
        {"type": None},
        {"type": "purchase"},
        {"messageId": "x" * 100},
        {"messageId": 7},
    ) == [
        missing,
        missing,
        ("id_too_long", "messageId"),
        *[unknown] * 3,
        (None, None),
        (None, None),
    ]


def test_identifiers_are_found_wherever_they_stand(parsed: Parsed) -> None:
    results = _results(
        parsed,
        {
            "userId": 12345,
            "anonymousId": "anon",
            "traits": {"email": "a@b.org"},
            "context": {
                "traits": {"email": "ignored@b.org", "phone": "555"},
                "device": {"advertisingId": "adv"},
                "externalIds": [{"id": 9, "type": "loyalty_id"}, {"type": "x"}, None, "y"],
            },
        },
        {"type": "Alias", "userId": "u", "previousId": "before"},
        {"type": "track", "userId": {"id": 5}, "anonymousId": True, "previousId": "before"},
        {"userId": ["u"], "context": {"externalIds": {"id": 9}}, "traits": "text"},
    )
    found = [[(one["kind"], one["value"]) for one in row["identifiers"]] for row in results]
    assert [pair for pair in found[0] if pair[1] is not None and pair[0]] == [
        ("user_id", "12345"),
        ("anonymous_id", "anon"),
        ("email", "a@b.org"),
        ("phone", "555"),
        ("advertising_id", "adv"),
        ("loyalty_id", "9"),
    ]
    assert found[1:] == [[("user_id", "u"), ("previous_id", "before")], [], []]


def test_types_that_flip_do_not_reject_an_event(parsed: Parsed) -> None:
    results = _results(
        parsed,
        {"properties": "text", "context": 1, "traits": [1]},
        {"properties": {"products": "none", "product_id": 5, "price": "free", "quantity": True}},
        {"properties": {"products": [{"product_id": {"a": 1}, "price": [1]}, 7]}},
        {"context": {"consent": {"categoryPreferences": ["marketing"]}}},
        {"event": {"name": "x"}, "traits": {"birthday": "1985", "address": "Bonn"}},
        {"traits": {"birthday": "20000-01-01"}},
    )
    assert {row["reason"] for row in results} == {None}
    assert json.loads(results[0]["properties"]) == "text"
    assert [one["product_id"] for one in results[1]["products"]] == ["5"]
    assert results[1]["products"][0]["price"] is None
    assert results[3]["consent"] is None
    assert [row["birth_on"] for row in results[4:]] == [None, None]


def test_traits_of_other_spellings_and_whole_names_fill_the_profile(parsed: Parsed) -> None:
    results = _results(
        parsed,
        {"traits": {"first_name": "Ada", "last_name": "Kaya", "phone_number": "+905001112233"}},
        {"traits": {"name": "Ada Nur Kaya", "birth_date": "1985-06-15", "city": "Izmir"}},
        {"traits": {"name": "Ada", "firstName": "Adile"}},
        {"context": {"traits": {"name": "Ada", "address": "Street 1"}}},
    )
    names = ("first_name", "last_name", "phone", "city")
    assert [tuple(row[name] for name in names) for row in results] == [
        ("Ada", "Kaya", "+905001112233", None),
        ("Ada Nur", "Kaya", None, "Izmir"),
        ("Adile", None, None, None),
        ("Ada", None, None, None),
    ]
    assert results[1]["birth_on"] == date(1985, 6, 15)


def test_products_come_as_list_object_text_or_ids(parsed: Parsed) -> None:
    cup = {"product_id": "p", "price": "free", "quantity": 2}
    shapes: list[Any] = [[cup], cup, json.dumps([cup]), json.dumps(cup)]
    results = _results(parsed, *[{"properties": {"products": shape}} for shape in shapes])
    for row in results:
        assert [(one["product_id"], one["price"], one["quantity"]) for one in row["products"]] == [
            ("p", None, 2)
        ]
    ids, odd, none = _results(
        parsed,
        {"properties": {"products": ["p", 7]}},
        {"properties": {"products": "a cup"}},
        {"properties": {"products": []}},
    )
    assert [one["product_id"] for one in ids["products"]] == ["p", "7"]
    assert not odd["products"]
    assert not none["products"]


def test_consent_is_read_as_each_platform_writes_it(parsed: Parsed) -> None:
    def with_consent(consent: dict[str, Any]) -> dict[str, Any]:
        return {"context": {"consent": consent}}

    cases: list[tuple[dict[str, Any], dict[str, bool] | None]] = [
        (with_consent({"categoryPreferences": {"marketing": "denied", "ads": "yes"}}),
         {"marketing": False, "ads": True}),
        (with_consent({"categoryPreferences": {"marketing": {"value": "granted"}, "ads": 0}}),
         {"marketing": True, "ads": False}),
        (with_consent({"categoryPreferences": {"marketing": "perhaps", "ads": ""}}),
         {"marketing": False}),
        (with_consent({"ad_storage": "denied", "analytics_storage": "granted"}),
         {"ad_storage": False, "analytics_storage": True}),
        ({"properties": {"ad_user_data": "granted"}}, {"ad_user_data": True}),
        (with_consent({"OnetrustActiveGroups": ",C0001,C0003,"}), {"C0001": True, "C0003": True}),
        (with_consent({"groups": "C0001:1,C0004:0"}), {"C0001": True, "C0004": False}),
        (with_consent({"tcString": "CPXxRfAPXxRfA"}), None),
    ]  # fmt: skip
    results = _results(parsed, *[change for change, _ in cases])
    assert [row["consent"] for row in results] == [consent for _, consent in cases]
    assert [outcome(row) for row in results if row["warnings"]] == [
        ("unknown_consent", "context.consent")
    ]


def test_a_batch_that_was_not_split_says_why(parsed: Parsed) -> None:
    event = {"messageId": "m9", "type": "track"}
    bodies = [{"batch": []}, {"batch": [event]}, {"batch": {"a": 1}}, {"batch": None}, {}]
    results = parsed(_WEB, *map(json.dumps, bodies))
    assert [outcome(row) for row in results] == [
        ("empty_batch", "batch"),
        ("unreadable_batch", "batch"),
        ("unreadable_batch", "batch"),
        ("unreadable_batch", "batch"),
        ("missing_id", "messageId"),
    ]
    assert _reasons(parsed, {"batch": [1]}, {"batch": "A12"}) == [(None, None)] * 2
