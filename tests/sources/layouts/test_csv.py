import gzip
from collections.abc import Callable
from typing import Any

import pytest

Read = Callable[..., Any]

# Support tickets: semicolons, line ends within values, a row that is cut and one too long.
_TICKETS = (
    "id;mail;text\r\n"
    '1;a@b.org;"It broke;\nagain, ""twice"""\r\n'
    "2;c@d.org\r\n"
    "3;;fine\r\n"
    "4;e@f.org;one;two\r\n"
)


def _broken(detail: str | None, text: str, reason: str = "wrong_cell_count") -> dict[str, Any]:
    return {"$rejected": reason, "$detail": detail, "$text": text}


def test_tickets_with_semicolons_and_line_ends_in_values(read: Read) -> None:
    assert read("csv", _TICKETS.encode(), delimiter=";") == [
        (0, {"id": "1", "mail": "a@b.org", "text": 'It broke;\nagain, "twice"'}),
        (1, {"id": "3", "mail": None, "text": "fine"}),
        (-1, _broken("found 2 cells, expected 3", "2;c@d.org")),
        (-2, _broken("found 4 cells, expected 3", "4;e@f.org;one;two")),
    ]


def test_cells_stay_the_text_they_were(read: Read) -> None:
    found = read(
        "csv",
        b"\xef\xbb\xbfb,a\r\n007,NA\r\n1e5,null\r\n,NaN\r\n"
        b'"two\nlines","say ""hi"""\r\n  x , "\r\n',
    )
    assert [row for _, row in found] == [
        {"a": "NA", "b": "007"},
        {"a": "null", "b": "1e5"},
        {"a": "NaN", "b": None},
        {"a": 'say "hi"', "b": "two\nlines"},
        {"a": ' "', "b": "  x "},
    ]


@pytest.mark.parametrize("encoding", ["windows-1254", "iso-8859-9", "utf-16", "utf-16-le", "utf-8"])
def test_turkish_text_in_its_encoding_packed_or_not(read: Read, encoding: str) -> None:
    stored = "no,ad\n1,Şule Çağ\n2,ğüöç\n".encode(encoding)
    rows = [(0, {"ad": "Şule Çağ", "no": "1"}), (1, {"ad": "ğüöç", "no": "2"})]
    assert read("csv", stored, encoding=encoding) == rows
    assert read("csv", gzip.compress(stored), "a.gz", encoding=encoding) == rows


def test_bytes_that_are_not_text_in_the_encoding_reject_the_file(read: Read) -> None:
    assert read("csv", b"id,name\n1,\xff\n") == "wrong_encoding"
    assert read("csv", b"id,\xff\n1,a\n") == "wrong_encoding"
    assert read("csv", b"id,name\n1,a,\xff\n") == "wrong_encoding"  # in a row that does not fit
    assert read("csv", "ş".encode("windows-1254") + b"\x81", encoding="windows-1254") == (
        "wrong_encoding"
    )
    assert read("csv", "id\n1\n".encode("utf-16")[:-1], encoding="utf-16") == "wrong_encoding"
    late = b"id\n" + b"1\n" * 3_000_000 + b"\xff\n"  # beyond the first chunk
    assert read("csv", late) == "wrong_encoding"


def test_a_file_without_header_takes_its_names_from_the_settings(read: Read) -> None:
    found = read(
        "csv", b"1\t'a\tb'\n2\n", delimiter="\t", quote="'", header=False, names=("x", "y")
    )
    assert found == [(0, {"x": "1", "y": "a\tb"}), (-1, _broken("found 1 cells, expected 2", "2"))]


def test_truncated_and_empty_files_are_rejected(read: Read) -> None:
    packed = gzip.compress(_TICKETS.encode())
    assert read("csv", packed[:-3], "a.gz") == "broken_archive"
    assert read("csv", _TICKETS.encode(), "b.gz") == "broken_archive"
    assert read("csv", b"id,id\n1,2\n") == "duplicate_column"
    assert read("csv", b"id,name\n") == "empty_file"
    assert read("csv", b"") == "empty_file"
    assert read("csv", gzip.compress(b""), "c.gz") in {"empty_file", "unreadable_file"}
