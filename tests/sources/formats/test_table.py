import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from pyspark.sql import Row

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
        {"sold at": None},
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
        (None, None),
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
