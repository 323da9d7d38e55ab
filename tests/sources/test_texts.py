import gzip
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cdp_spark.sources.reader import FileRejected
from cdp_spark.sources.texts import as_json, as_texts, bounded, content, decoded, text_lines


def _bytes(text: bytes, size: int) -> Iterator[bytes]:
    return (text[start : start + size] for start in range(0, len(text), size))


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize("encoding", ["", "utf-8", "utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
def test_text_is_decoded_across_chunks_without_its_mark(size: int, encoding: str) -> None:
    stored = "\ufeffŞule 😀\r\n".encode(encoding or "utf-8")
    assert "".join(decoded(_bytes(stored, size), encoding)) == "Şule 😀\r\n"


@pytest.mark.parametrize(
    ("stored", "encoding"),
    [(b"a\xff", ""), (b"\xc3", "utf-8"), (b"a\x00b", "utf-16"), (b"\x81", "windows-1254")],
)
def test_bytes_that_are_not_text_reject_the_file_and_are_not_shown(
    stored: bytes, encoding: str
) -> None:
    with pytest.raises(FileRejected) as rejected:
        list(decoded(_bytes(stored, 1), encoding))
    assert str(rejected.value) == "wrong_encoding"


@pytest.mark.parametrize("size", [1, 3, 100])
def test_lines_end_in_line_feeds_with_or_without_a_return(size: int) -> None:
    texts = [one.decode() for one in _bytes(b"a\r\n\nb\rc\nlast", size)]
    assert list(text_lines(iter(texts), 100)) == ["a", "", "b\rc", "last"]


def test_a_line_or_file_above_its_limit_is_rejected_before_it_is_held() -> None:
    def endless() -> Iterator[str]:
        while True:
            yield "x" * 10

    with pytest.raises(FileRejected, match="record_too_long"):
        list(text_lines(endless(), 100))
    with pytest.raises(FileRejected, match="file_too_large"):
        list(bounded(iter([b"x"] * 11), 10))
    assert b"".join(bounded(iter([b"x"] * 10), 10)) == b"x" * 10


def test_archives_are_inflated_by_their_name(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"text"))
    (tmp_path / "a").write_bytes(b"text")
    assert [b"".join(content(str(tmp_path / name))) for name in ("a", "a.gz")] == [b"text"] * 2


def test_values_of_every_type_become_text() -> None:
    values = {
        "none": None,
        "text": "ü",
        "whole": 12345678901234567890,
        "round": 5.0,
        "large": 1e300,
        "part": 0.1,
        "nan": float("nan"),
        "money": Decimal("1E+2"),
        "flag": False,
        "bytes": b"\xff",
        "at": datetime(2025, 1, 2, 3, tzinfo=UTC),
        "on": date(2025, 1, 2),
        "hour": time(1, 2),
        "span": timedelta(hours=25),
        "inside": [{"a": 1}, (2,)],
    }
    assert as_texts(values) == {
        "none": None,
        "text": "ü",
        "whole": "12345678901234567890",
        "round": "5",
        "large": "1e+300",
        "part": "0.1",
        "nan": "nan",
        "money": "100",
        "flag": "false",
        "bytes": "/w==",
        "at": "2025-01-02T03:00:00+00:00",
        "on": "2025-01-02",
        "hour": "01:02:00",
        "span": "1 day, 1:00:00",
        "inside": [{"a": "1"}, ["2"]],
    }
    assert as_json({"b": 1, "a": "ü"}) == '{"a":"ü","b":"1"}'.encode()
    assert as_json({"a": "\ud800"}) == b'{"a":"\\ud800"}'
