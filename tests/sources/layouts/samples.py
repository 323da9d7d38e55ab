"""One delivery per kind of source: its settings, and its files with their right and wrong ones."""

import gzip
import io
from typing import Any

import fastavro
import pyarrow as pa
import xlsxwriter
from pyarrow import orc

from cdp_spark.sources.reading import ReadingSettings, Width
from cdp_spark.sources.settings import SourceSettings

_READING = {
    "type": "record",
    "name": "Reading",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "device", "type": {
            "type": "record", "name": "Device", "fields": [{"name": "id", "type": "string"}],
        }},
    ],
}  # fmt: skip


def _avro(*rows: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    fastavro.writer(stream, _READING, rows, codec="deflate")
    return stream.getvalue()


def _orc(columns: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    orc.write_table(pa.table(columns), stream)
    return stream.getvalue()


def _sheet(*rows: list[Any]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return stream.getvalue()


def _source(name: str, form: str, identifiers: dict[str, str], **columns: str) -> SourceSettings:
    return SourceSettings(
        name=name, format=form, path=name, event=name, identifiers=identifiers, columns=columns
    )


def _read(source: SourceSettings, **options: Any) -> SourceSettings:
    return source.model_copy(update={"reading": ReadingSettings(**options)})


_DEVICES = _avro(
    {"id": "r3", "at": 1735787045000, "device": {"id": "d3"}},
    {"id": "r4", "at": 2**60, "device": {"id": "d4"}},
)
_CALLS = (
    "00012025-01-02T03:04:05+12025550123Şükrü   \r\n"
    "00022025-01-02T03:05:00            Çağ\r\n"
    "00032025-01\r\n"
)
_CONTACTS = _sheet(
    ["id", "mail", "seen", "card"],
    ["c1", "a@b.org", "2025-01-02", "C7"],
    ["", "no id", "2025-01-02", ""],
)
_LINES = (
    '<till><line no="l1"><at>2025-01-02</at><price cur="TRY">12.50</price>'
    '<buyer><card>C7</card></buyer></line><line no="l2"><at>noon</at></line></till>'
)
_TICKETS = 'id;mail;at;text\nt1;a@b.org;2025-01-02;"It broke;\nagain"\nt2;c@d.org\n'
_CATALOGUE = _orc({"sku": ["A1", "B2"], "label": ["Çay", None], "price": ["12.50", "free"]})

_BUYER = {"loyalty_id": "buyer.card"}
SOURCES = (
    _source("iot", "json", {"device_id": "device.id"}, event_id="id", event_at="at"),
    _source("iot_avro", "avro", {"device_id": "device.id"}, event_id="id", event_at="at"),
    _source("ads", "csv", {}, event_id="day", event_at="day", campaign="name", amount="cost"),
    _read(
        _source("calls", "fixed", {"phone": "caller"}, event_id="call", event_at="at"),
        encoding="windows-1254",
        widths=(
            Width(name="call", start=1, width=4),
            Width(name="at", start=5, width=19),
            Width(name="caller", start=24, width=12),
            Width(name="agent", start=36, width=8),
        ),
    ),
    _source(
        "crm", "excel", {"email": "mail", "loyalty_id": "card"}, event_id="id", event_at="seen"
    ),
    _read(
        _source("pos", "xml", _BUYER, event_id="no", event_at="at", amount="price.text"),
        row_tag="line",
    ),
    _read(
        _source("tickets", "csv", {"email": "mail"}, event_id="id", event_at="at"), delimiter=";"
    ),
    _source("catalogue", "orc", {}, event_id="sku", product_id="sku", amount="price"),
    _source("export", "json_document", {"email": "who.mail"}, event_id="id", amount="sum"),
    _read(_source("letters", "document", {}), path_identifiers=r"(?P<user_id>u[0-9]+)_[a-z]+\.txt"),
)
FILES: dict[str, dict[str, bytes]] = {
    "iot": {
        "a.jsonl": b'{"id":"r1","at":"2025-01-02T03:04:05Z","device":{"id":"d1"}}\n'
        b'{"id":"r2"}\n{\n',
        "empty.jsonl": b"\n",
    },
    "iot_avro": {"a.avro": _DEVICES, "torn.avro": _DEVICES[:-5], "empty.avro": _avro()},
    "ads": {"a.csv": b"day,name,cost\n2025-01-02,spring,10.50\n2025-01-03,spring,-1\n2025-01-04\n"},
    "calls": {"a.txt": _CALLS.encode("windows-1254"), "wrong.txt": b"0001\x81"},
    "crm": {"a.xlsx": _CONTACTS, "torn.xlsx": _CONTACTS[:-40], "empty.xlsx": _sheet(["id"])},
    "pos": {
        "a.xml.gz": gzip.compress(_LINES.encode()),
        "torn.xml.gz": gzip.compress(_LINES.encode())[:-9],
        "torn.xml": _LINES[:-9].encode(),
        "typed.xml": b"<!DOCTYPE till><till/>",
    },
    "tickets": {"a.csv": _TICKETS.encode(), "wrong.csv": _TICKETS.encode("utf-16")},
    "catalogue": {"a.orc": _CATALOGUE, "torn.orc": _CATALOGUE[:-5]},
    "export": {
        "a.json": b'[\n {"id": "e1", "sum": 0.10, "who": {"mail": "a@b.org"}},\n 7]',
        "torn.json": b'[{"id": 1}',
    },
    "letters": {"u7_dear.txt": b"Dear \xff", "empty.txt": b"", "long.txt": b"x" * 5001},
}
