import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources.streams import (
    evenly_partitioned,
    inflated,
    is_archive,
    lines_of,
    opened,
    stored_chunks,
)

# Few kinds of byte, so that line ends meet chunk and range ends often.
_CONTENT = st.lists(st.sampled_from([b"a", b"{}", b"\n", b"\r\n", b" ", b"\xff", b"\xef\xbb\xbf"]),
                    max_size=60).map(b"".join)  # fmt: skip


def _naive(content: bytes) -> list[tuple[int, bytes]]:
    lines, offset = [], 0
    for line in content.split(b"\n"):
        if line.strip():
            lines.append((offset, line))
        offset += len(line) + 1
    return lines


def _chunks(content: bytes, size: int, start: int = 0) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(start, len(content), size))


@given(_CONTENT, st.integers(1, 9))
def test_lines_are_those_of_a_plain_split_with_their_offsets(content: bytes, chunk: int) -> None:
    found = list(lines_of(_chunks(content, chunk)))
    assert found == _naive(content)
    assert all(content[at : at + len(line)] == line for at, line in found)


@given(_CONTENT, st.integers(1, 9), st.integers(1, 20))
def test_ranges_together_give_each_line_once(content: bytes, chunk: int, width: int) -> None:
    found = [
        line
        for start in range(0, max(len(content), 1), width)
        for line in lines_of(_chunks(content, chunk, max(start - 1, 0)), start, start + width)
    ]
    assert found == _naive(content)


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
        assert opened(uri)[1] == str(file)
    assert (is_archive("x.jsonl.gz"), is_archive("x.gz.jsonl")) == (True, False)


def test_many_small_files_are_shared_out_among_tasks(spark: SparkSession) -> None:
    """Left to itself, Spark would give them all to one."""
    files = spark.createDataFrame([(str(number),) for number in range(40)], "file string")
    task = F.spark_partition_id().alias("task")
    shares = [row["count"] for row in evenly_partitioned(files).groupBy(task).count().collect()]
    assert sorted(shares) == [20, 20]
