import gzip
import os
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_spark.files.content import inflated, is_archive, read_text, stored_chunks, write_text
from cdp_spark.files.folders import folder_names


def test_a_text_is_replaced_whole_and_its_folders_are_made(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "er" / "page.html"
    for text in ("a long first text", "ü"):
        write_text(str(file), text)
        assert file.read_text(encoding="utf-8") == read_text(str(file)) == text
    assert read_text(str(file.with_name("none"))) == ""
    assert folder_names(str(file.parent)) == ["page.html"]


def test_of_many_writers_at_once_none_fails_and_one_text_stays(tmp_path: Path) -> None:
    file = str(tmp_path / "page")
    texts = [str(number) * 1000 for number in range(8)]

    def write(text: str) -> None:
        for _ in range(100):
            write_text(file, text)

    with ThreadPoolExecutor(len(texts)) as writers:
        list(writers.map(write, texts))
    assert read_text(file) in texts
    assert folder_names(str(tmp_path)) == ["page"]


def _chunks(content: bytes, size: int, start: int = 0) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(start, len(content), size))


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=4), st.integers(1, 30))
def test_members_of_an_archive_are_inflated_one_after_another(
    members: list[bytes], chunk: int
) -> None:
    archive = b"".join(gzip.compress(member) for member in members)
    assert b"".join(inflated(_chunks(archive, chunk))) == b"".join(members)


def test_an_archive_packed_a_thousandfold_is_inflated_in_small_chunks() -> None:
    content = bytes(20 << 20) + os.urandom(99)
    chunks = list(inflated(iter([gzip.compress(content)])))
    assert max(map(len, chunks)) <= 4 << 20
    assert b"".join(chunks) == content
    exact = bytes(8 << 20)
    assert b"".join(inflated(iter([gzip.compress(exact)]))) == exact


def test_an_archive_without_its_end_or_with_a_damaged_middle_is_an_error() -> None:
    archive = gzip.compress(os.urandom(1000))
    for cut in (1, 8, 500):
        with pytest.raises(EOFError, match="the archive is truncated"):
            list(inflated(iter([archive[:-cut]])))
    with pytest.raises(EOFError):
        list(inflated(iter([archive, archive[:20]])))
    wrong = bytearray(archive)
    wrong[-6] ^= 1
    with pytest.raises(zlib.error):
        list(inflated(iter([bytes(wrong)])))
    assert list(inflated(iter([]))) == []


def test_a_path_may_be_a_uri_and_hold_blanks(tmp_path: Path) -> None:
    file = tmp_path / "a b#c%20.jsonl"
    file.write_bytes(b"0123456789")
    for uri in (str(file), f"file://{file}"):
        assert b"".join(stored_chunks(uri, 4)) == b"456789"
    assert (is_archive("x.jsonl.gz"), is_archive("x.gz.jsonl")) == (True, False)
