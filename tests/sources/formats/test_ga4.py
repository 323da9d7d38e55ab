import hashlib
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from pyspark.sql import Row

from cdp_spark.sources import known_formats
from cdp_spark.sources.layouts import reader_of
from cdp_spark.sources.reading import DEFAULT_READING
from cdp_spark.sources.settings import SourceSettings
from tests.sources.formats.outcomes import outcome

Parsed = Callable[..., list[Row]]
_SITE = SourceSettings(name="site", format="ga4", path="landing/site")
_TABLE = SourceSettings(name="table", format="ga4_parquet", path="landing/table")
_EVENT = {"event_timestamp": "1736500501250123", "event_name": "click", "user_pseudo_id": "7.8"}
_NAMES = ("reason", "type", "name", "event_at", "available_at", "order_id", "amount", "currency",
          "campaign")  # fmt: skip
_AT, _SENT = "2025-01-10 09:15:01.250123", "2025-01-10 09:15:02.750123"
_FIRST = "2025-01-09 05:20:00"
_REFUNDED = ("2025-01-12 16:40:00", "2025-01-12 16:40:01.5")
_EXPECTED = [
    (None, "page", "page_view", _AT, _SENT, None, None, None, "spring"),
    (None, "track", "first_visit", _FIRST, _FIRST, None, None, None, "launch"),
    (None, "track", "purchase", _AT, _SENT, "O-1001", Decimal("45.00"), "EUR", None),
    (None, "track", "refund", *_REFUNDED, "O-1001", Decimal("4.90"), "EUR", None),
    (None, "screen", "screen_view", _AT, _SENT, None, None, None, None),
]
_PEOPLE = [
    [("anonymous_id", "1122334455.1736400000")],
    [("anonymous_id", "1122334455.1736400000")],
    [("user_id", "maria.s"), ("anonymous_id", "1122334455.1736400000")],
    [("user_id", "maria.s"), ("anonymous_id", "1122334455.1736400000")],
    [
        ("anonymous_id", "c0ffee00c0ffee00c0ffee00c0ffee00"),
        ("advertising_id", "38400000-8cf0-11bd-b23e-10b96e40000d"),
    ],
]
_WHOLE = ("event_timestamp", "event_bundle_sequence_id", "int_value", "quantity",
          "batch_event_index", "set_timestamp_micros")  # fmt: skip


def _numbered(value: Any, name: str = "") -> Any:
    """The value with whole numbers as numbers, as the table holds them."""
    if isinstance(value, dict):
        return {one: _numbered(inner, one) for one, inner in value.items()}
    if isinstance(value, list):
        return [_numbered(inner) for inner in value]
    return int(value) if name in _WHOLE else value


def _table_bodies(lines: list[str], file: Path) -> list[str]:
    """The rows through a Parquet file with nested columns, as records tell them."""
    names = {name for line in lines for name in json.loads(line)}
    rows = [dict.fromkeys(names) | _numbered(json.loads(line)) for line in lines]
    parquet.write_table(pa.Table.from_pylist(rows), file)
    return [
        raw.decode() for _, raw in reader_of("parquet").records(str(file), DEFAULT_READING, 1 << 20)
    ]


def _people(row: Row) -> list[tuple[str, str]]:
    return [(one["kind"], one["value"]) for one in row["identifiers"]]


@pytest.mark.parametrize("source", [_SITE, _TABLE], ids=lambda source: source.format)
def test_rows_of_the_export_have_all_columns_as_lines_and_as_tables(
    parsed: Parsed,
    sample_lines: Callable[[str], list[str]],
    tmp_path: Path,
    source: SourceSettings,
) -> None:
    bodies = sample_lines("ga4.jsonl")
    if source == _TABLE:
        bodies = _table_bodies(bodies, tmp_path / "day.parquet")
    results = parsed(source, *bodies)
    assert [tuple(row[name] for name in _NAMES) for row in results] == _EXPECTED
    assert [_people(row) for row in results] == _PEOPLE
    bought = ["1122334455.1736400000", "1736500501250123", "purchase", "1384792211", "3", "2",
              "1736500499000"]  # fmt: skip
    assert results[2]["event_id"] == hashlib.sha256("\x1f".join(bought).encode()).hexdigest()[:32]
    page, first, purchase, _, screen = results
    assert json.loads(page["properties"]) == {
        "ga_session_id": 1736500499,
        "ga_session_number": 2,
        "page_location": "https://shop.example.org/cups?utm_campaign=spring",
        "page_title": "Cups",
        "engagement_time_msec": 1,
    }
    params = json.loads(purchase["properties"])
    assert (params["value"], params["coupon"]) == (45, "TEN")
    assert json.loads(purchase["traits"]) == {"plan": "gold"}
    assert page["consent"] == {"analytics": True, "marketing": False}
    assert first["consent"] is None
    assert json.loads(screen["context"])["device"]["mobile_brand_name"] == "Example"
    assert json.loads(page["context"])["geo"]["city"] == "Porto"
    assert (page["city"], page["country"], page["products"]) == (None, None, [])
    assert [tuple(one) for one in purchase["products"]] == [
        ("CUP-1", "Blue cup", "Azul", "kitchen", Decimal("20.05"), Decimal("2.000")),
        ("POT-9", "Pot", None, "kitchen", Decimal("4.90"), Decimal("1.000")),
    ]


def test_its_files_are_lines_or_parquet() -> None:
    layouts = {name: form.layout for name, form in known_formats().items()}
    assert (layouts["ga4"], layouts["ga4_parquet"]) == ("lines", "parquet")


def test_a_rewritten_row_is_the_same_event_and_another_place_in_the_batch_another(
    parsed: Parsed,
) -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"traffic_source": {"name": "late"}, "event_params": [{"key": "x"}], "user_id": "u"},
        {"event_timestamp": 1736500501250123},
        {"batch_event_index": "2"},
        {"batch_ordering_id": "2"},
        {"batch_page_id": "2"},
        {"event_bundle_sequence_id": "2"},
        {"user_pseudo_id": None},
        {"user_pseudo_id": "7.9"},
        {"event_name": "scroll"},
        {"event_timestamp": "1736500501250124"},
    ]
    ids = [row["event_id"] for row in parsed(_SITE, *[json.dumps(_EVENT | one) for one in changes])]
    assert len({*ids[:3]}) == 1
    assert len({*ids}) == len(ids) - 2


def test_rows_that_are_no_event_say_why(parsed: Parsed) -> None:
    unreadable = ("unreadable_time", "event_timestamp")
    out_of_range = ("time_out_of_range", "event_timestamp")
    missing = ("missing_name", "event_name")
    bad = ("unreadable_amount", "the revenue, refund or parameter value")
    times: list[Any] = [None, "", "soon", {}, [1], True, "1e15", "9" * 30]
    early = ["946684799999999", "-9223372036854775808", 0]
    late = ["4102444800000000", "9223372036854775807"]
    amounts = ["NaN", "Infinity", "12 EUR", "1e30", {}, [], True]
    value = {"key": "value", "value": {"double_value": -1.5}}
    cases: list[tuple[dict[str, Any], Any]] = [
        *[({"event_timestamp": time}, unreadable) for time in times],
        *[({"event_timestamp": time}, out_of_range) for time in early],
        *[({"event_timestamp": time}, (None, None)) for time in late],
        *[({"event_name": name}, missing) for name in (None, "", {"a": 1}, ["x"])],
        *[
            ({"event_name": "purchase", "ecommerce": {"purchase_revenue": amount}}, bad)
            for amount in amounts
        ],
        ({"event_name": "refund", "ecommerce": {"refund_value": "-1"}}, (None, None)),
        ({"event_name": "purchase", "event_params": [value]}, (None, None)),
        ({"event_name": "click", "ecommerce": {"purchase_revenue": "NaN"}}, (None, None)),
        ({"event_name": "click", "event_params": [value]}, (None, None)),
    ]
    results = parsed(_SITE, *[json.dumps(_EVENT | change) for change, _ in cases])
    assert [outcome(row) for row in results] == [expected for _, expected in cases]


def test_types_that_flip_do_not_reject_an_event(parsed: Parsed) -> None:
    odd: list[dict[str, Any]] = [
        {"event_params": "text", "device": 7, "items": {"item_id": 1}, "privacy_info": ["Yes"]},
        {"event_params": [7, None, {"key": None, "value": 1}, {"key": {"a": 1}}, {"value": {}}]},
        {"event_params": [{"key": "n", "value": {"double_value": "NaN", "int_value": "x"}}]},
        {"items": [None, 7, {"item_id": {"a": 1}, "price": "free", "quantity": True}]},
        {"user_id": {"id": 1}, "user_pseudo_id": True, "device": {"advertising_id": []}},
        {"event_server_timestamp_offset": "9223372036854775807"},
        {"event_server_timestamp_offset": {}, "batch_event_index": {"a": 1}},
    ]
    results = parsed(_SITE, *[json.dumps(_EVENT | change) for change in odd])
    assert {row["reason"] for row in results} == {None}
    assert (results[0]["properties"], results[0]["products"], results[0]["consent"]) == (
        None,
        None,
        None,
    )
    assert json.loads(results[2]["properties"]) == {"n": None}
    assert results[4]["identifiers"] == []
    assert results[5]["available_at"] == results[5]["event_at"]


def test_a_nested_column_that_is_not_json_rejects_the_row(parsed: Parsed) -> None:
    results = parsed(
        _TABLE,
        json.dumps(_EVENT | {"ecommerce": '{"purchase_revenue": NaN}'}),
        json.dumps(_EVENT | {"event_params": "[{"}),
        json.dumps(_EVENT | {"event_params": "[]", "items": "7", "geo": "{"}),
        json.dumps(_EVENT),
    )
    assert [outcome(row) for row in results] == [
        *[("not_json", "a nested column")] * 2,
        *[(None, None)] * 2,
    ]


def test_parameters_come_as_list_as_object_and_with_plain_values(parsed: Parsed) -> None:
    listed = [
        {"key": "value", "value": {"double_value": 12.5}},
        {"key": "currency", "value": {"string_value": "EUR"}},
        {"key": "items", "value": {"int_value": "2"}},
    ]
    plain = [{"key": "value", "value": 12.5}, {"key": "currency", "value": "EUR"},
             {"key": "items", "value": 2}]  # fmt: skip
    as_object = {"value": 12.5, "currency": "EUR", "items": 2}
    mixed = {"value": {"double_value": 12.5}, "currency": "EUR", "items": {"int_value": 2}}
    shapes: list[Any] = [listed, plain, as_object, mixed]
    bought = {"event_name": "purchase"}
    bodies = [json.dumps(_EVENT | bought | {"event_params": shape}) for shape in shapes]
    results = parsed(_SITE, *bodies)
    results += parsed(
        _TABLE, *[json.dumps(_EVENT | bought | {"event_params": json.dumps(s)}) for s in shapes]
    )
    for row in results:
        assert (row["amount"], row["currency"]) == (Decimal("12.50"), "EUR")
        assert json.loads(row["properties"]) == {"value": 12.5, "currency": "EUR", "items": 2}
