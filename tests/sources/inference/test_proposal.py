import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from cdp_spark.sources import known_formats
from cdp_spark.sources.fit import unfit_settings
from cdp_spark.sources.inference.proposal import proposal_of, values_of
from cdp_spark.sources.inference.sniffing import Sniffed, sniffed
from cdp_spark.sources.settings import SourceSettings
from tests.sources.layouts.samples import FILES

_FORMATS = set(known_formats())
_KINDS = (
    "user_id", "loyalty_id", "email", "phone", "advertising_id", "anonymous_id", "device_id",
)  # fmt: skip


def _entry(text: str) -> dict[str, Any]:
    (entry,) = yaml.safe_load(f"entries:\n{text}")["entries"]
    source = SourceSettings.model_validate_json(json.dumps(entry))
    assert list(unfit_settings(source, _KINDS)) == []
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
    text = proposal_of(source, found, _FORMATS).entry
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
        ({"batch": [{"type": "page"}], "sentAt": "t"}, "segment"),
        ({"specversion": "1.0", "source": "s", "type": "t", "id": "i"}, "cloudevents"),
        ({"event_name": "page_view", "event_timestamp": 1, "user_pseudo_id": "u"}, "ga4"),
        ({"id": "evt", "object": "event", "type": "t", "data": {}}, "stripe"),
        ({"id": 1, "order_number": 7, "line_items": []}, "shopify_orders"),
        ({"id": 1, "email": "a@b.org", "admin_graphql_api_id": "gid"}, "shopify_customers"),
        ({"eventType": "view", "itemType": "event", "profileId": "p"}, "unomi"),
    ],
)
def test_public_formats_are_known_by_their_fields(row: dict[str, Any], family: str) -> None:
    sample = Sniffed("lines", "lines", rows=(row, row))
    (_, line, *_) = proposal_of("x", sample, {family, "json"}).entry.splitlines()
    assert line == f"      format: {family}  # its records have the fields of {family}"
    (_, line, *_) = proposal_of("x", sample, {"json"}).entry.splitlines()
    assert line.startswith("      format: json  # a table")
    assert f"there is no format {family}" in line


def test_formats_in_other_layouts_than_lines_are_known_too(tmp_path: Path) -> None:
    event = {"specversion": "1.0", "source": "s", "type": "t", "id": "i"}
    batch = Sniffed("json", "array", rows=(event,))
    assert "format: cloudevents_batch  #" in proposal_of("x", batch, {"cloudevents_batch"}).entry
    ga4 = Sniffed("parquet", "parquet", rows=({"event_name": "e", "event_timestamp": "1"},))
    assert "format: ga4_parquet  #" in proposal_of("x", ga4, {"ga4_parquet"}).entry
    (tmp_path / "a.tsv").write_text("shop\tweb" + "\t" * 128 + '\t{"a":[' + "1," * 200 + "1]}\n")
    lines = proposal_of("x", sniffed(tmp_path / "a.tsv"), {"snowplow"}).entry
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
    text = proposal_of("crm_contacts", Sniffed("lines", "lines", rows=rows), _FORMATS).entry
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
    bare = proposal_of("x", Sniffed("csv", "csv", rows=({"a": "1"}, {"a": "1"})), _FORMATS).entry
    assert _entry(bare)["columns"] == {}
    assert "identifiers: {}  # no column seems to identify a person" in bare
    assert _entry(bare)["event_id"] == "derived"


def test_an_order_number_identifies_a_row_only_where_it_is_unique_and_always_there() -> None:
    order = {"order_no": "7", "ordered_at": "2025-01-02", "amount": "1.50", "mail": "a@b.org"}
    rows = (order, order | {"order_no": "8"})
    entry = _entry(proposal_of("shop", Sniffed("csv", "csv", rows=rows), _FORMATS).entry)
    assert entry["event"] == "Order Completed"
    assert entry["columns"] | {"event_id": "order_no", "order_id": "order_no"} == entry["columns"]
    for other in (order, order | {"order_no": ""}):  # twice the same; missing once
        rows = (order, other)
        text = proposal_of("shop", Sniffed("csv", "csv", rows=rows), _FORMATS).entry
        assert _entry(text)["event_id"] == "derived"
    # Any other number is a key where many rows have different ones.
    many = tuple(order | {"ticket_ref": f"x{n}"} for n in range(20))
    entry = _entry(proposal_of("shop", Sniffed("csv", "csv", rows=many), _FORMATS).entry)
    assert entry["columns"]["event_id"] == "ticket_ref"
    text = proposal_of("shop", Sniffed("csv", "csv", rows=many[:3]), _FORMATS).entry
    assert _entry(text)["event_id"] == "derived"
    assert "UNSURE: event_id" in text


def _of_file(tmp_path: Path, text: str) -> tuple[dict[str, Any], str]:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    proposed = proposal_of("shop", sniffed(tmp_path / "a.csv"), _FORMATS).entry
    return _entry(proposed), proposed


_TURKISH = (
    "sep=;\nMüşteri No;Ad;E-Posta;Telefon;Kayıt Tarihi;Tutar;Para Birimi\n"  # noqa: RUF001
    "1001;İbrahim;IBRAHIM@POSTA.INVALID;0500 111 22 01;20.11.2026 13:05;1.299,90;TRY\n"
    "1002;Çağla;cagla@posta.invalid;0500 111 22 02;21.11.2026 00:30;49,90;TRY\n"
    "TOPLAM;;;;;1.349,80;\n"
)


def test_a_turkish_export_is_proposed_whole(tmp_path: Path) -> None:
    entry, _ = _of_file(tmp_path, _TURKISH)
    assert entry["reading"] == {
        "delimiter": ";", "decimal": ",", "times": ["d.M.yyyy[ H:mm[:ss]]"],
        "zone": "Europe/Istanbul",
    }  # fmt: skip
    assert (entry["country"], entry["event_id"]) == ("TR", "derived")
    assert entry["identifiers"] == {
        "email": "E-Posta", "phone": "Telefon", "user_id": "Müşteri No",
    }  # fmt: skip
    assert entry["columns"] == {
        "event_at": "Kayıt Tarihi", "amount": "Tutar", "currency": "Para Birimi",  # noqa: RUF001
        "first_name": "Ad",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reading", "columns"),
    [
        (
            "Bestellnummer;E-Mail;Bestelldatum;Gesamtbetrag;Währung;Nachname\n"
            "B-1;a@b.org;31.12.2025 14:05;1.234,50 €;EUR;Groß\n"
            "B-2;c@d.org;01.02.2026;12,00 €;EUR;Klein\n",
            {"delimiter": ";", "decimal": ",", "times": ["d.M.yyyy[ H:mm[:ss]]"]},
            {"order_id": "Bestellnummer", "amount": "Gesamtbetrag", "event_at": "Bestelldatum"},
        ),
        (
            "Numéro de commande|Courriel|Date|Montant|Prénom\n"
            "7|a@b.org|31/12/2025|1 234,50|Zoé\n8|c@d.org|01/02/2026|12,00|Léa\n",
            {"delimiter": "|", "decimal": ",", "times": ["d/M/yyyy[ H:mm[:ss]]"]},
            {"order_id": "Numéro de commande", "amount": "Montant", "first_name": "Prénom"},
        ),
        (
            "Satış Raporu\n\nid,at,email\n1,2026-11-20T10:00:00Z,p@posta.invalid\n",  # noqa: RUF001
            {"header_row": 3},
            {"event_id": "id", "event_at": "at"},
        ),
        (
            "订单号,邮箱,日期,金额\n7,a@b.org,2026-01-02,12.50\n8,c@d.org,2026-01-03,3.50\n",
            {},
            {"order_id": "订单号", "event_at": "日期", "amount": "金额"},
        ),
        (
            "order no,mail,total,\n7,a@b.org,1.5,\n8,c@d.org,2,\n",
            {},
            {"order_id": "order no", "amount": "total"},
        ),
        (
            "no;Fecha;Importe;Correo\n7;12/31/2025 1:05 PM;1,234.50;a@b.org\n"
            "8;1/2/2026 11:00 AM;2.00;c@d.org\n",
            {"delimiter": ";", "times": ["M/d/yyyy[ h:mm[:ss] a]"]},
            {"event_id": "no", "amount": "Importe", "event_at": "Fecha"},
        ),
    ],
)
def test_exports_in_other_languages_are_proposed(
    tmp_path: Path, text: str, reading: dict[str, Any], columns: dict[str, str]
) -> None:
    entry, proposed = _of_file(tmp_path, text)
    found = entry.get("reading", {})
    assert {name: value for name, value in found.items() if name != "zone"} == reading
    assert columns.items() <= entry["columns"].items()
    assert "zone" in found or "zone" in proposed or entry["columns"].get("event_at", "at") == "at"


def test_columns_that_are_filled_late_and_short_names_are_found(tmp_path: Path) -> None:
    head = "event_id,ts,cookie,maid,email,phone,user_id,loyalty_id,dob,postcode\n"
    lines = [
        f"e{n},2026-11-20 10:00:{n % 60:02d},c{n % 90},m{n % 80},p{n % 70}@posta.invalid,"
        f"21255501{n % 100:02d},u{n % 50},{f'L{n}' if n > 10_000 else ''},1985-06-15,10001\n"
        for n in range(10_500)
    ]
    entry, proposed = _of_file(tmp_path, head + "".join(lines))
    assert entry["columns"]["event_at"] == "ts"
    assert (entry["columns"]["event_id"], entry["columns"]["birth_on"]) == ("event_id", "dob")
    assert entry["identifiers"] == {
        "email": "email", "phone": "phone", "loyalty_id": "loyalty_id", "advertising_id": "maid",
        "anonymous_id": "cookie", "user_id": "user_id",
    }  # fmt: skip
    assert "country" not in entry
    assert "UNSURE: country" in proposed
    assert "UNSURE: reading.zone" in proposed
    entry, proposed = _of_file(tmp_path, head + "".join(lines[:100]))
    assert entry["identifiers"]["loyalty_id"] == "loyalty_id"
    assert "it is empty in the sample" in proposed


def test_the_amount_is_what_was_paid(tmp_path: Path) -> None:
    orders = (
        "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,"
        "Refunded Amount,Lineitem quantity,Phone\n"
        "#1001,a@b.org,paid,2026-11-20 10:00:00 +0300,EUR,10,5,1,16.00,0,2,+14155552671\n"
        "#1002,c@d.org,paid,2026-11-21 10:00:00 +0300,EUR,20,5,1,26.00,0,1,+14155552672\n"
    )
    entry, _ = _of_file(tmp_path, orders)
    expected = {"amount": "Total", "order_id": "Name", "event_id": "Name", "event_at": "Paid at"}
    assert {name: entry["columns"][name] for name in expected} == expected
    assert entry["identifiers"] == {"email": "Email", "phone": "Phone"}
    customers = "Email,Total Orders,Total Spent\na@b.org,3,120.00\nc@d.org,1,20.50\n"
    entry, proposed = _of_file(tmp_path, customers)
    assert entry["columns"]["amount"] == "Total Spent"
    assert "UNSURE: event_at" in proposed
    assert "UNSURE: currency" in proposed


@pytest.mark.parametrize("ending", ["\n", "\x85", "\u2028", '\n      format: "x"\n'])
@pytest.mark.parametrize("name", ["no", "shop", "null"])
def test_no_name_of_a_column_or_source_breaks_out_of_its_line(name: str, ending: str) -> None:
    rows = tuple(
        {f"order{ending}date": f"2025-01-{day:02}", f"pay{ending}date": f"2025-02-{day:02}",
         f"odd{ending}": f"{day}x"}
        for day in range(1, 25)
    )  # fmt: skip
    text = proposal_of(name, Sniffed("lines", "lines", rows=rows), _FORMATS).entry
    entry = _entry(text)
    assert (entry["name"], entry["format"]) == (name, "json")


def test_a_status_that_decides_nothing_and_a_consent_of_two_words_are_seen() -> None:
    rows = tuple(
        {"Bestellnummer": f"B{n}", "Datum": f"2025-01-{n:02}", "Betrag": f"{n}.50",
         "Status": "storniert" if n % 5 == 0 else "bezahlt",
         "Einwilligung Werbung": "ja" if n % 2 else "nein"}
        for n in range(1, 25)
    )  # fmt: skip
    text = proposal_of("shop", Sniffed("csv", "csv", rows=rows), _FORMATS).entry
    entry = _entry(text)
    assert entry["consent"] == {"marketing": "Einwilligung Werbung"}
    assert "UNSURE: event: Status may say which orders were paid or cancelled" in text
    assert "storniert" not in text
    constant = tuple(row | {"Status": "bezahlt"} for row in rows)
    text = proposal_of("shop", Sniffed("csv", "csv", rows=constant), _FORMATS).entry
    assert "cancelled" not in text
