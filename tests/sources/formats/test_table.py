import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from pyspark.sql import Row

from cdp_spark.sources.reading import ReadingSettings
from cdp_spark.sources.settings import SourceSettings
from tests.sources.formats.outcomes import outcome

Parsed = Callable[..., list[Row]]
_TILL = SourceSettings(
    name="till",
    format="csv",
    path="landing/till",
    event="Basket Line",
    columns={
        "event_id": "line",
        "event_at": "sold at",
        "received_at": "sent",
        "order_id": "basket",
        "amount": "paid",
        "product_id": "sku",
        "product_name": "label",
        "price": "each",
        "birth_on": "born",
        "email": "mail",
    },
    identifiers={"loyalty_id": "card", "email": "mail"},
)
_ROW = {"line": "1", "sold at": "2025-01-02 03:04:05", "paid": "1.50"}


def _results(parsed: Parsed, *changes: dict[str, Any]) -> list[Row]:
    return parsed(_TILL, *[json.dumps(_ROW | change) for change in changes])


def test_a_row_becomes_an_event_by_the_column_map(parsed: Parsed) -> None:
    more = {"sent": "2025-01-03", "basket": "b", "sku": "s", "label": "cup", "each": "0.75",
            "born": "1985-06-15", "mail": "a@b.org", "card": "C7"}  # fmt: skip
    full, bare = _results(parsed, more, {})
    assert (full["event_id"], full["type"], full["name"]) == ("1", "track", "Basket Line")
    assert (full["order_id"], full["amount"], full["birth_on"]) == (
        "b",
        Decimal("1.50"),
        date(1985, 6, 15),
    )
    assert [(one["product_id"], one["name"], one["price"]) for one in full["products"]] == [
        ("s", "cup", Decimal("0.75"))
    ]
    assert [(one["kind"], one["value"]) for one in full["identifiers"]] == [
        ("loyalty_id", "C7"),
        ("email", "a@b.org"),
    ]
    assert (full["event_at"], full["available_at"]) == (
        "2025-01-02 03:04:05",
        "2025-01-03 00:00:00",
    )
    assert json.loads(full["properties"])["label"] == "cup"
    assert (bare["products"], bare["identifiers"], bare["reason"]) == (None, [], None)
    assert bare["available_at"] == bare["event_at"]


def test_a_rejection_or_warning_names_the_column(parsed: Parsed) -> None:
    results = _results(
        parsed,
        {"line": None},
        {"line": ""},
        {"sold at": "12:30"},
        {"sold at": None, "card": "C7"},
        {"sold at": "20000-01-01"},
        {"paid": "-0.01"},
        {"paid": "NaN"},
        {"paid": "1e999"},
        {"paid": "true"},
        {"paid": None},
        {"each": "free", "born": "1985", "sku": "s"},
    )
    assert [outcome(row) for row in results] == [
        ("missing_id", "line"),
        ("missing_id", "line"),
        ("unreadable_time", "sold at"),
        ("unreadable_time", "sold at"),
        (None, None),
        (None, None),
        ("unreadable_amount", "paid"),
        ("unreadable_amount", "paid"),
        ("unreadable_amount", "paid"),
        (None, None),
        ("unreadable_price", "each"),
    ]
    assert results[-1]["birth_on"] is None


def test_without_mapped_columns_rows_are_rejected(parsed: Parsed) -> None:
    bare = SourceSettings(name="bare", format="parquet", path="x", columns={"event_at": "at"})
    (row,) = parsed(bare, json.dumps(_ROW))
    assert (row["reason"], row["detail"]) == ("missing_id", "no column for event_id")


def test_a_column_may_be_a_path_into_nested_objects_and_one_that_is_named_so_wins(
    parsed: Parsed,
) -> None:
    reading = SourceSettings(
        name="sensors",
        format="json",
        path="x",
        event="Reading",
        columns={
            "event_id": "it's [id]",
            "order_id": "a.b.c",
            "city": 'say "hi".b',
            "campaign": "items",
            "country": "x..y",
        },
        identifiers={"device_id": "device.id"},
    )
    nested = {"it's [id]": "1", "device": {"id": "d"}, "a": {"b": {"c": "deep"}}, "x": {"": 1}}
    named = {"it's [id]": "2", "device.id": "own", "device": {"id": "d"}, 'say "hi"': {"b": "c"}}
    odd = {"it's [id]": "3", "device": ["d"], "a.b": {"c": 1}, "items": [{"q": 1}], "x..y": "xy"}
    first, second, third = parsed(reading, *map(json.dumps, (nested, named, odd)))
    assert [row["event_id"] for row in (first, second, third)] == ["1", "2", "3"]
    assert [one["value"] for one in first["identifiers"]] == ["d"]
    assert (first["order_id"], first["country"]) == ("deep", None)
    assert [one["value"] for one in second["identifiers"]] == ["own"]
    assert second["city"] == "c"
    assert (third["identifiers"], third["order_id"], third["country"]) == ([], None, "xy")


def test_rows_without_a_time_of_their_own_happen_when_their_file_was_delivered(
    parsed: Parsed,
) -> None:
    spend = SourceSettings(name="spend", format="csv", path="x", columns={"event_id": "id"})
    (row,) = parsed(spend, '{"id": "1"}')
    delivered = "2025-03-04 05:06:07"
    assert (row["event_at"], row["available_at"], row["reason"]) == (delivered, delivered, None)


def _source(**options: Any) -> SourceSettings:
    reading = ReadingSettings(**options.pop("reading", {}))
    return SourceSettings(name="x", format="csv", path="x", reading=reading, **options)


_ORDERS = {"event_id": "no", "event_at": "at", "amount": "sum"}


def test_numbers_and_times_are_read_as_the_source_writes_them(parsed: Parsed) -> None:
    turkish = {"decimal": ",", "times": ("d.M.yyyy[ H:mm[:ss]]",), "zone": "Europe/Istanbul"}
    rows = (
        {"no": "1", "at": "20.11.2026 13:05", "sum": "1.299,90"},
        {"no": "2", "at": "21.11.2026 00:30", "sum": "49,90 TL"},
        {"no": "3", "at": "2026-11-20T10:00:00Z", "sum": "(12,00)"},
        {"no": "4", "at": "1795168800", "sum": "12.50"},
    )
    source = _source(columns=_ORDERS, reading=turkish)
    found = parsed(source, *map(json.dumps, rows))
    assert [(row["event_at"], str(row["amount"]), row["currency"]) for row in found] == [
        ("2026-11-20 10:05:00", "1299.90", None),
        ("2026-11-20 21:30:00", "49.90", "TL"),
        ("2026-11-20 10:00:00", "-12.00", None),
        ("2026-11-20 10:00:00", "None", None),
    ]
    assert outcome(found[3]) == ("unreadable_amount", "sum")
    american = {"times": ("M/d/yyyy[ h:mm[:ss] a]",), "zone": "America/New_York"}
    cells = json.dumps({"no": "1", "at": "11/20/2026 1:05 PM", "sum": "$1,299.90"})
    (row,) = parsed(_source(columns=_ORDERS, reading=american), cells)
    assert (row["event_at"], str(row["amount"]), row["currency"]) == (
        "2026-11-20 18:05:00", "1299.90", "$",
    )  # fmt: skip


def test_blanks_that_do_not_break_stand_in_times_and_amounts(parsed: Parsed) -> None:
    american = {"times": ("M/d/yyyy[ h:mm[:ss] a]",)}
    times = ("11/20/2026 2:05\u202fPM", "11/20/2026\u00a02:05:00 p.m.", "11/20/2026 2:05 P. M.")
    rows = [json.dumps({"no": "1", "at": one, "sum": ".5\u202fEUR"}) for one in times]
    found = parsed(_source(columns=_ORDERS, reading=american), *rows)
    assert {one["event_at"] for one in found} == {"2026-11-20 14:05:00"}
    assert {(str(one["amount"]), one["currency"]) for one in found} == {("0.50", "EUR")}
    amounts = ("1\u202f234,50\u202f€", "1\u00a0234,50\u00a0€", "1\u2009234,50\u2009€", ",5")
    cells = [json.dumps({"no": "1", "at": "2026-11-20", "sum": one}) for one in amounts]
    found = parsed(_source(columns=_ORDERS, reading={"decimal": ","}), *cells)
    assert [(str(one["amount"]), one["currency"]) for one in found] == [
        *[("1234.50", "€")] * 3, ("0.50", None),
    ]  # fmt: skip


def test_day_numbers_are_times_only_in_a_workbook(parsed: Parsed) -> None:
    excel = SourceSettings(name="x", format="excel", path="x", columns=_ORDERS)
    row = json.dumps({"no": "1", "at": "46346.545138888891", "sum": "1"})
    assert parsed(excel, row)[0]["event_at"] == "2026-11-20 13:05:00"
    assert parsed(_source(columns=_ORDERS), row)[0]["reason"] == "unreadable_time"


def test_event_currency_and_consent_come_from_columns(parsed: Parsed) -> None:
    source = _source(
        event="Order Placed",
        events={"paid": "Order Completed", "Refunded": "Order Refunded"},
        columns=_ORDERS | {"event": "status", "currency": "cur"},
        consent={"marketing": "news", "analytics": "stats"},
    )
    row = {"no": "1", "at": "2026-11-20", "sum": "5"}
    rows = (
        {"status": " PAID", "cur": "EUR", "news": "evet", "stats": "0"},
        {"status": "refunded", "cur": " ", "news": "", "stats": None},
        {"status": "Voided", "news": "perhaps"},
        {"status": ""},
    )
    found = parsed(source, *[json.dumps(row | more) for more in rows])
    assert [one["name"] for one in found] == [
        "Order Completed", "Order Refunded", "Voided", "Order Placed",
    ]  # fmt: skip
    assert [one["currency"] for one in found] == ["EUR", None, None, None]
    assert [one["consent"] for one in found] == [
        {"marketing": True, "analytics": False}, None, {"marketing": False}, None,
    ]  # fmt: skip
    assert outcome(found[2]) == ("unknown_consent", "news")


def test_an_amount_without_a_currency_is_in_that_of_its_source(parsed: Parsed) -> None:
    source = _source(columns=_ORDERS | {"currency": "cur"}, currency="TRY")
    row = {"no": "1", "at": "2026-11-20"}
    cells = ({"sum": "5"}, {"sum": "5", "cur": "USD"}, {"sum": "5 €"}, {"sum": " "})
    found = parsed(source, *[json.dumps(row | more) for more in cells])
    assert [one["currency"] for one in found] == ["TRY", "USD", "€", None]


def test_a_mapped_contact_fills_the_profile(parsed: Parsed) -> None:
    columns = {"event_id": "no"}
    contacts = {"email": "mail", "phone": "gsm"}
    row = json.dumps({"no": "1", "mail": "m1@posta.invalid", "gsm": "0500", "other": "o@p.invalid"})
    (one,) = parsed(_source(columns=columns, identifiers=contacts), row)
    assert (one["email"], one["phone"]) == ("m1@posta.invalid", "0500")
    own = _source(columns=columns | {"email": "other"}, identifiers=contacts)
    assert parsed(own, row)[0]["email"] == "o@p.invalid"
    empty = json.dumps({"no": "1", "mail": "m1@posta.invalid", "other": " "})
    assert parsed(own, empty)[0]["email"] == "m1@posta.invalid"


def test_a_footer_and_a_broken_row_are_rejected_by_their_own_words(parsed: Parsed) -> None:
    columns = _ORDERS | {"first_name": "ad", "city": "il"}
    source = _source(columns=columns, identifiers={"email": "mail"})
    rows: tuple[dict[str, Any], ...] = (
        {"no": "TOPLAM", "sum": "1349.80", "at": None},
        {"sum": "Report made by A. B.", "mail": ""},
        {"no": "1", "at": "2026-11-20"},
        {"mail": "a@b.org"},
        {"$rejected": "wrong_cell_count", "$detail": "found 2 cells, expected 3", "$text": "a,b"},
    )
    found = parsed(source, *map(json.dumps, rows))
    footer = ("too_few_values", "fewer than half of the columns")
    broken = ("wrong_cell_count", "found 2 cells, expected 3")
    assert [outcome(one) for one in found] == [
        footer, footer, (None, None), ("missing_id", "no"), broken,
    ]  # fmt: skip
    timeless = _source(columns={"event_id": "no", "amount": "sum", "city": "il"},
                       identifiers={"email": "mail", "phone": "tel"})  # fmt: skip
    found = parsed(timeless, *map(json.dumps, ({"no": "Total", "sum": "9"}, {"no": "9"})))
    assert [one["reason"] for one in found] == ["too_few_values", None]
    # The first column of a table of customers is their id, and totals begin their row.
    listed = _source(columns=columns, identifiers={"user_id": "kunde", "email": "mail"})
    ids = ({"kunde": "Summe ", "sum": "9"}, {"kunde": "K1", "sum": "9"})
    found = parsed(listed, *[json.dumps(one) for one in ids])
    assert [one["reason"] for one in found] == ["too_few_values", "missing_id"]
    lines = SourceSettings(name="x", format="json", path="x", columns=columns)
    assert parsed(lines, json.dumps(rows[0]))[0]["reason"] == "unreadable_time"


def test_an_id_can_be_derived_from_the_row(parsed: Parsed) -> None:
    source = _source(event_id="derived", columns={"amount": "sum"})
    one, other, same = parsed(source, '{"sum":"1","a":"x"}', '{"sum":"2"}', '{"a":"x", "sum":"1"}')
    assert one["event_id"] == same["event_id"] != other["event_id"]
    assert len(one["event_id"]) == 32


def test_a_row_of_a_snapshot_that_left_changes_no_field(parsed: Parsed) -> None:
    source = _source(
        delivery="snapshot", key=("no",), event="Listed", columns={"first_name": "ad"},
        identifiers={"email": "mail"}, consent={"marketing": "news"},
    )  # fmt: skip
    row = {"no": "7", "ad": "Ada", "mail": "a@b.org", "news": "yes", "$since": "f1"}
    there, left = parsed(source, json.dumps(row), json.dumps(row | {"$left": "f2"}))
    assert (there["name"], there["type"], there["email"]) == ("Listed", "identify", "a@b.org")
    assert (there["consent"], left["consent"]) == ({"marketing": True}, None)
    assert (left["name"], left["email"], left["first_name"]) == ("Left List", None, None)
    assert [one["value"] for one in left["identifiers"]] == ["a@b.org"]
    assert there["event_id"] != left["event_id"]
