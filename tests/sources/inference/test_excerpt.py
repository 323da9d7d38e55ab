import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from cdp_spark.sources.inference.excerpt import ExcerptSizes, excerpted
from cdp_spark.sources.inference.sniffing import Sniffed, sniffed
from cdp_spark.sources.reading import ReadingSettings

_SMALL = ExcerptSizes(head_bytes=2000, part_bytes=600, parts=4)
_HEAD = "note;id;late;mail\n"


def _row(number: int, count: int) -> str:
    # Every second note has line breaks in quotes; its last line has as many cells as a row.
    note = '"one ""ç""\nand; two\nthree"' if number % 2 else "şimdi"
    late = f"L{number}" if number > 0.9 * count else ""
    middle = f"m{number}@posta.invalid" if 0.4 * count < number < 0.8 * count else ""
    return f"{note};{number:06};{late};{middle}\n"


def _table(count: int = 1000) -> str:
    return _HEAD + "".join(_row(number, count) for number in range(count))


def _stored(folder: Path, stored: bytes, name: str) -> Path:
    (folder / name).write_bytes(stored)
    return folder / name


@pytest.mark.parametrize(
    ("name", "encode"),
    [
        ("a.csv", lambda text: text.encode()),
        ("a.csv.gz", lambda text: gzip.compress(text.encode())),
        ("b.csv", lambda text: text.encode("utf-16")),
        ("c.csv", lambda text: text.replace("\n", "\r\n").encode("windows-1254")),
    ],
)
def test_head_middle_and_tail_of_a_large_file_are_seen_in_whole_rows(
    tmp_path: Path, name: str, encode: Callable[[str], bytes]
) -> None:
    found: Sniffed = sniffed(_stored(tmp_path, encode(_table()), name), 1000, _SMALL)
    assert found.options["delimiter"] == ";"
    ids = [row["id"] for row in found.rows]
    assert ids == sorted(set(ids))
    assert len(ids) < 400
    assert {row["note"] for row in found.rows} <= {"şimdi", 'one "ç"\nand; two\nthree',
                                                   'one "ç"\r\nand; two\r\nthree'}  # fmt: skip
    assert [row["late"] for row in found.rows if row["late"]]
    assert [row["mail"] for row in found.rows if row["mail"]]
    assert all(row["late"] in {None, f"L{int(row['id'])}"} for row in found.rows)


def test_lines_of_json_are_excerpted_too_and_a_small_file_is_read_whole(tmp_path: Path) -> None:
    lines = "".join(f'{{"id": {n}, "late": {n if n > 950 else "null"}}}\n' for n in range(1000))
    file = _stored(tmp_path, lines.encode(), "a.jsonl")
    found = sniffed(file, 1000, _SMALL)
    assert 50 < len(found.rows) < 400
    assert [row for row in found.rows if row["late"]]
    assert len(sniffed(file).rows) == 1000


def test_an_excerpt_holds_no_more_than_its_sizes(tmp_path: Path) -> None:
    text = _table(5000)
    for name, stored in (("a.csv", text.encode()), ("a.csv.gz", gzip.compress(text.encode()))):
        file = _stored(tmp_path, stored, name)
        with excerpted(file, ReadingSettings(delimiter=";"), _SMALL) as part:
            assert part.stat().st_size <= 2000 + 6 * 604
        assert not part.exists()
