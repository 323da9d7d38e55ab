import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest
import xlsxwriter

Read = Callable[..., Any]
_CONTENT = """<?xml version="1.0" encoding="UTF-8"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:body><office:spreadsheet><table:table table:name="S">{rows}</table:table>
</office:spreadsheet></office:body></office:document-content>"""
_MANIFEST = '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
_CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'


def _book(*rows: list[Any], sheet: str = "Contacts") -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        hour = book.add_format({"num_format": "hh:mm:ss"})
        formats = {date: day, datetime: instant, time: hour}
        first = book.add_worksheet(sheet)
        book.add_worksheet("Other").write_row(0, 0, ["x"])
        book.get_worksheet_by_name("Other").write_row(1, 0, [1])
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if type(cell) in formats:
                    first.write_datetime(number, place, cell, formats[type(cell)])
                elif cell is not None:
                    first.write(number, place, cell)
    return stream.getvalue()


# Contacts of a CRM: a title above the header, numbers that are names, dates, blank rows, dirt.
_CONTACTS = _book(
    ["Contacts of 2025"],
    ["id", "mail", "born", "seen", "spent", "vip", None, None],
    [
        7,
        "a@b.org",
        date(1985, 6, 15),
        datetime(2025, 1, 2, 3, 4, 5),  # noqa: DTZ001 - a sheet knows no zone
        12.5,
        True,
        "note",
    ],
    [],
    ["007", " ü ", None, None, 0.1, False],
)


def test_contacts_of_a_crm(read: Read) -> None:
    assert read("excel", _CONTACTS, header_row=2) == [
        (0, {
            "born": "1985-06-15",
            "column_7": "note",
            "id": "7",
            "mail": "a@b.org",
            "seen": "2025-01-02T03:04:05",
            "spent": "12.5",
            "vip": "true",
        }),
        (1, {
            "born": None,
            "column_7": None,
            "id": "007",
            "mail": " ü ",
            "seen": None,
            "spent": "0.1",
            "vip": "false",
        }),
    ]  # fmt: skip


def test_a_sheet_is_found_by_its_name(read: Read) -> None:
    assert read("excel", _CONTACTS, sheet="Other") == [(0, {"x": "1"})]
    assert read("excel", _CONTACTS, sheet="Nowhere") == "missing_sheet"


def test_a_sheet_of_opendocument_is_read_as_well(read: Read) -> None:
    rows = [["id", "name"], ["1", "ü"]]
    cells = "".join(
        f"<table:table-row>{''.join(_CELL.format(cell) for cell in row)}</table:table-row>"
        for row in rows
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        archive.writestr("content.xml", _CONTENT.format(rows=cells))
    assert read("excel", stream.getvalue()) == [(0, {"id": "1", "name": "ü"})]


@pytest.mark.parametrize("kept", [4, 100, 2000, -30, -1])
def test_a_truncated_workbook_is_rejected(read: Read, kept: int) -> None:
    assert read("excel", _CONTACTS[:kept]) == "unreadable_file"


def test_sheets_that_are_large_empty_or_have_duplicate_columns_are_rejected(read: Read) -> None:
    assert read("excel", _CONTACTS, largest_document=1000) == "file_too_large"
    packed = _book(["id"], ["x" * 30_000])  # small as it is stored
    assert len(packed) < 15_000
    assert read("excel", packed, largest_document=15_000) == "file_too_large"
    assert read("excel", _book(["id", "id"], [1, 2])) == "duplicate_column"
    assert read("excel", _book(["id", "mail"])) == "empty_file"
    assert read("excel", _book()) == "empty_file"
    assert read("excel", b"") == "empty_file"
    assert read("excel", _CONTACTS, header_row=99) == "empty_file"
    assert read("excel", b"id,name\n") == "unreadable_file"
