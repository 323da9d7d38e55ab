"""Sheets of workbooks: .xlsx, .xlsm, .xlsb, .xls and .ods, detected by their content.

The workbook is held whole, up to `largest_document`, both stored and (if it is a zip) unpacked.
Blank rows are skipped. A column without a name is named after its position, unless it is empty.
"""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, WorksheetNotFound

from cdp_spark.files.content import stored_chunks
from cdp_spark.sources.columns import matched_names, missing_columns, tidy_names
from cdp_spark.sources.reader import LARGE, SHEET, UNREADABLE, FileRejected, Reader, Record
from cdp_spark.sources.reading import ReadingSettings
from cdp_spark.sources.texts import as_json, bounded

_Row = list[Any]


def _records(uri: str, reading: ReadingSettings, longest: int) -> Iterator[Record]:
    del longest  # `largest_document` limits it
    stored = b"".join(bounded(stored_chunks(uri), reading.largest_document))
    if not stored:
        return
    rows = _rows(stored, reading)
    header, *filled = rows[reading.header_row - 1 :] or [[]]
    names = _names(header, filled, reading)
    for number, row in enumerate(row for row in filled if any(cell != "" for cell in row)):
        cells = {name: row[place] for place, name in names.items()}
        yield number, as_json({name: None if one == "" else one for name, one in cells.items()})


def _rows(stored: bytes, reading: ReadingSettings) -> list[_Row]:
    try:
        _check_unpacked_size(stored, reading.largest_document)
        return _sheet(stored, reading.sheet).to_python(skip_empty_area=False)
    except FileRejected:
        raise
    except WorksheetNotFound as error:
        raise FileRejected(SHEET) from error
    except BaseException as error:
        # A truncated workbook raises errors of many kinds, even a panic of the library.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise FileRejected(UNREADABLE) from error
        raise


def _sheet(stored: bytes, name: str) -> CalamineSheet:
    book = CalamineWorkbook.from_filelike(io.BytesIO(stored))
    return book.get_sheet_by_name(name) if name else book.get_sheet_by_index(0)


def _check_unpacked_size(stored: bytes, largest: int) -> None:
    if stored.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(stored)) as archive:
            if sum(part.file_size for part in archive.infolist()) > largest:
                raise FileRejected(LARGE)


def _names(header: _Row, rows: list[_Row], reading: ReadingSettings) -> dict[int, str]:
    """Position of each column → its name; a column without name and values is none."""
    named = enumerate(tidy_names([str(cell) for cell in header]))
    names = {
        place: name
        for place, name in named
        if str(header[place]).strip() or any(row[place] != "" for row in rows)
    }
    matched = matched_names(list(names.values()), reading)
    return dict(zip(names, matched, strict=True))


def _missing(uri: str, reading: ReadingSettings) -> str:
    stored = b"".join(bounded(stored_chunks(uri), reading.largest_document))
    header = _rows(stored, reading)[reading.header_row - 1]
    return missing_columns(tidy_names([str(cell) for cell in header]), reading)


READER = Reader(_records, missing=_missing, options=("sheet", "header_row", "largest_document"))
