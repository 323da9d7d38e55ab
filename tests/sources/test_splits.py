from collections.abc import Iterator

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from cdp_spark.sources import splits
from cdp_spark.sources.splits import Split, split_elements, split_lines, split_messages


def _letters(raw: bytes) -> Iterator[bytes]:
    yield from (raw[place : place + 1] for place in range(len(raw)))


_LETTERS = Split((b"+", b"-"), _letters, len)
_DEFAULT = pa.default_memory_pool()
_MEASURED = pa.proxy_memory_pool(_DEFAULT)  # must live longer than what it holds
_RECORDS = [(0, b"abc"), (4, b"a+b"), (8, b"-")]


def test_only_records_with_a_marker_are_split_and_the_parts_count_on_from_the_offset() -> None:
    found = [*split_lines(iter(_RECORDS), _LETTERS)]
    assert found == [(0, b"abc"), (4, b"a"), (5, b"+"), (6, b"b"), (8, b"-")]
    assert [_LETTERS.count(raw) for _, raw in _RECORDS] == [1, 3, 1]
    assert _LETTERS.may_apply(b"a\n-")
    assert not _LETTERS.may_apply(b"a")


def test_records_of_documents_are_numbered_after_they_are_split() -> None:
    records = [(number, raw) for number, (_, raw) in enumerate(_RECORDS)]
    assert [number for number, _ in split_elements(iter(records), _LETTERS)] == [0, 1, 2, 3, 4]


def test_without_a_split_records_stay_as_they_are() -> None:
    assert [*split_lines(iter(_RECORDS), None)] == _RECORDS
    assert [*split_elements(iter(_RECORDS), None)] == _RECORDS


def test_parts_of_a_message_keep_its_columns_and_are_numbered(spark: SparkSession) -> None:
    messages = spark.createDataFrame(
        [(3, b"a+b"), (4, b"abc"), (5, b"")], "position long, raw binary"
    )
    found = split_messages(messages.coalesce(1), _LETTERS).collect()
    assert [(row["position"], bytes(row["raw"]), row["part"]) for row in found] == [
        (3, b"a", None), (3, b"+", 1), (3, b"b", 2), (4, b"abc", None), (5, b"", None),
    ]  # fmt: skip
    plain = split_messages(messages.where("position > 3"), _LETTERS)
    assert [row["part"] for row in plain.collect()] == [None, None]


def test_a_large_message_is_passed_on_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splits, "_CHUNK_BYTES", 2 * (1 + splits.ROW_BYTES))
    batch = pa.RecordBatch.from_pydict({"raw": [b"abcd+"], "position": [7]})
    chunks = [*splits._parts_in(batch, [b"abcd+"], _LETTERS)]  # noqa: SLF001 - its memory
    assert [one.num_rows for one in chunks] == [3, 2]
    assert [part for one in chunks for part in one["raw"].to_pylist()] == [*_letters(b"abcd+")]


def test_parts_do_not_copy_their_message_and_keep_the_order_of_its_columns() -> None:
    raw = b"+" * 2_000
    columns = {"topic": ["t"], "raw": [raw], "position": [7]}
    batch = pa.RecordBatch.from_pydict(columns)
    pa.set_memory_pool(_MEASURED)
    try:
        chunks = [*splits._parts_in(batch, [raw], _LETTERS)]  # noqa: SLF001 - its memory
    finally:
        pa.set_memory_pool(_DEFAULT)
    (chunk,) = chunks
    assert chunk.schema.names == ["topic", "raw", "position", "part"]
    assert set(chunk["position"].to_pylist()) == {7}
    assert _MEASURED.max_memory() < 100 * len(raw)


def test_empty_parts_are_passed_on_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splits, "_CHUNK_BYTES", 2 * splits.ROW_BYTES)
    empty = Split((b"+",), lambda raw: iter([b""] * len(raw)), len)
    batch = pa.RecordBatch.from_pydict({"raw": [b"+" * 7]})
    chunks = [*splits._parts_in(batch, [b"+" * 7], empty)]  # noqa: SLF001 - its memory
    assert [one.num_rows for one in chunks] == [3, 3, 1]
