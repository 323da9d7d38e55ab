from pathlib import Path
from typing import Any

import pytest
import yaml

from cdp_spark.sources import known_formats
from cdp_spark.sources.inference.proposal import proposed_entry, values_of
from cdp_spark.sources.inference.sniffing import Sniffed, sniffed
from cdp_spark.sources.layouts import unfit_options
from cdp_spark.sources.settings import SourceSettings
from tests.sources.layouts.samples import FILES

_FORMATS = set(known_formats())


def _entry(text: str) -> dict[str, Any]:
    (entry,) = yaml.safe_load(f"entries:\n{text}")["entries"]
    if "names" in entry.get("reading", {}):
        entry["reading"]["names"] = tuple(entry["reading"]["names"])
    source = SourceSettings.model_validate(entry)
    assert unfit_options(known_formats()[source.format].layout, source.reading) == []
    return dict(entry)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("iot", ("json", {"device_id": "device.id"}, {"event_id": "id", "event_at": "at"})),
        ("iot_avro", ("avro", {"device_id": "device.id"}, {"event_id": "id"})),
        ("ads", ("csv", {}, {"event_at": "day", "amount": "cost"})),
        ("pos", ("xml", {"loyalty_id": "buyer.card"}, {"event_id": "no"})),
        ("tickets", ("csv", {"email": "mail"}, {"event_id": "id", "event_at": "at"})),
        ("crm", ("excel", {"loyalty_id": "card"}, {"event_id": "id", "event_at": "seen"})),
        ("catalogue", ("orc", {}, {"product_id": "sku", "product_name": "label"})),
        ("export", ("json_document", {"email": "who.mail"}, {"event_id": "id", "amount": "sum"})),
        ("letters", ("document", {}, {})),
    ],
)
def test_a_proposed_entry_is_valid_and_contains_no_value(
    tmp_path: Path, source: str, expected: tuple[str, dict[str, str], dict[str, str]]
) -> None:
    name, stored = next(iter(FILES[source].items()))
    (tmp_path / name).write_bytes(stored)
    found = sniffed(tmp_path / name)
    text = proposed_entry(source, found, _FORMATS)
    entry = _entry(text)
    form, identifiers, columns = expected
    assert (entry["name"], entry["format"]) == (source, form)
    assert entry.get("identifiers", {}) == identifiers
    assert columns.items() <= (entry.get("columns") or {}).items()
    values = [value for filled in values_of(found.rows).values() for value in filled]
    assert not [value for value in values if len(value) > 3 and value in text]


@pytest.mark.parametrize(
    ("row", "family"),
    [
        ({"messageId": "m", "type": "track", "event": "E"}, "segment"),
        ({"specversion": "1.0", "source": "s", "type": "t", "id": "i"}, "cloudevents"),
        ({"event_name": "page_view", "event_timestamp": 1, "user_pseudo_id": "u"}, "ga4"),
        ({"id": "evt", "object": "event", "type": "t", "data": {}}, "stripe"),
        ({"id": 1, "order_number": 7, "line_items": []}, "shopify_orders"),
        ({"id": 1, "email": "a@b.org", "admin_graphql_api_id": "gid"}, "shopify_customers"),
        ({"eventType": "view", "itemType": "event", "profileId": "p"}, "unomi"),
    ],
)
def test_public_formats_are_known_by_their_telling_fields(row: dict[str, Any], family: str) -> None:
    sample = Sniffed("lines", "lines", rows=(row, row))
    (_, line, *_) = proposed_entry("x", sample, {family, "json"}).splitlines()
    assert line == f"      format: {family}  # its records have the fields of {family}"
    (_, line, *_) = proposed_entry("x", sample, {"json"}).splitlines()
    assert line.startswith("      format: json  # a table")
    assert f"there is no format {family}" in line


def test_formats_in_other_layouts_than_lines_are_known_too(tmp_path: Path) -> None:
    event = {"specversion": "1.0", "source": "s", "type": "t", "id": "i"}
    batch = Sniffed("json", "array", rows=(event,))
    assert "format: cloudevents_batch  #" in proposed_entry("x", batch, {"cloudevents_batch"})
    ga4 = Sniffed("parquet", "parquet", rows=({"event_name": "e", "event_timestamp": "1"},))
    assert "format: ga4_parquet  #" in proposed_entry("x", ga4, {"ga4_parquet"})
    (tmp_path / "a.tsv").write_text("shop\tweb" + "\t" * 128 + '\t{"a":[' + "1," * 200 + "1]}\n")
    lines = proposed_entry("x", sniffed(tmp_path / "a.tsv"), {"snowplow"})
    assert "format: snowplow  # its lines have the 131 columns of snowplow" in lines
    assert "reading" not in lines


def test_what_a_column_is_follows_from_its_name_and_the_shape_of_its_values() -> None:
    rows = tuple(
        {
            "customerId": f"c{number % 3}",
            "contact": f"a{number}@b.org",
            "mail_text": "hello",
            "gsm": "+90 532 123 45 6",
            "transaction_id": number,
            "created_at": "2025-01-02T03:04:05Z",
            "born": "1985-06-15",
            "update_time": "soon",
            "total": "1.50",
            "total_text": "one",
            "it's": {"no": [1]},
            "yes": None,
        }
        for number in range(10)
    )
    text = proposed_entry("crm_contacts", Sniffed("lines", "lines", rows=rows), _FORMATS)
    entry = _entry(text)
    assert entry["event"] == "Crm Contacts"
    assert entry["identifiers"] == {"email": "contact", "phone": "gsm", "user_id": "customerId"}
    assert entry["columns"] == {
        "event_id": "transaction_id",
        "event_at": "created_at",
        "birth_on": "born",
        "amount": "total",
    }
    assert 'mail_text (text), update_time (text), total_text (text), "yes" (text)' in text
    assert "email: contact  # its values look like e-mails" in text
    assert "phone: gsm  # its name matches and its values look like phones" in text
    bare = proposed_entry("x", Sniffed("csv", "csv", rows=({"a": "1"}, {"a": "1"})), _FORMATS)
    assert _entry(bare)["columns"] == {}
    assert "identifiers: {}  # no column seems to identify a person" in bare
    assert "# event_id: no column is unique" in bare


def test_an_order_number_identifies_a_row_only_where_it_is_unique_and_always_there() -> None:
    order = {"order_no": "7", "ordered_at": "2025-01-02", "amount": "1.50", "mail": "a@b.org"}
    rows = (order, order | {"order_no": "8"})
    entry = _entry(proposed_entry("shop", Sniffed("csv", "csv", rows=rows), _FORMATS))
    assert entry["event"] == "Order Completed"
    assert entry["columns"] | {"event_id": "order_no", "order_id": "order_no"} == entry["columns"]
    for other in (order, order | {"order_no": ""}):  # twice the same; missing once
        rows = (order, other)
        text = proposed_entry("shop", Sniffed("csv", "csv", rows=rows), _FORMATS)
        assert "# event_id: no column is unique" in text
    rows = (order | {"ticket_ref": "x"}, order | {"ticket_ref": "y"})
    entry = _entry(proposed_entry("shop", Sniffed("csv", "csv", rows=rows), _FORMATS))
    assert entry["columns"]["event_id"] == "ticket_ref"
