import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources import Layout, records
from cdp_spark.sources.files import checked_files, listed_files
from cdp_spark.sources.reading import DEFAULT_READING, ReadingSettings, SourceReading
from cdp_spark.sources.records import lines_in, records_in
from cdp_spark.sources.splits import ROW_BYTES, Split

_PARTS = Split((b"+",), lambda raw: iter(raw.split(b"+")), lambda raw: raw.count(b"+") + 1)
_LINES = b'\xef\xbb\xbf{"a":1}\n\n{"a":2}\r\n \n\xff\xfenot utf-8\n' + b"x" * 90 + b"\nlast"


def _files(spark: SparkSession, folder: Path) -> DataFrame:
    listed = spark.createDataFrame(listed_files(str(folder)))
    return listed.withColumn("file_id", F.col("file"))


def _found(
    spark: SparkSession, folder: Path, layout: Layout, reading: ReadingSettings = DEFAULT_READING
) -> dict[str, list[tuple[int, bytes]]]:
    found: dict[str, list[tuple[int, bytes]]] = {}
    for row in records_in(_files(spark, folder), layout, reading).collect():
        assert row["file"] == row["file_id"]
        changed = (folder / row["file"]).stat().st_mtime
        assert abs(row["delivered_at"].timestamp() - changed) < 0.001
        found.setdefault(row["file"], []).append((row["position"], bytes(row["raw"])))
    checked = checked_files(spark, listed_files(str(folder)), layout, 1000, reading)
    counted = {row["file"]: row["record_count"] for row in checked.to_pylist()}
    assert {file: len(rows) for file, rows in found.items()} == counted
    return {file: sorted(rows) for file, rows in found.items()}


@pytest.mark.parametrize("width", [1, 7, 64, 64 << 20])
def test_a_line_keeps_its_bytes_and_its_offset_whatever_range_it_is_read_in(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr(records, "_RANGE_BYTES", width)
    (tmp_path / "plain").write_bytes(_LINES)
    (tmp_path / "packed.gz").write_bytes(gzip.compress(_LINES[:20]) + gzip.compress(_LINES[20:]))
    lines = [line for line in _LINES.split(b"\n") if line.strip()]
    expected = [(_LINES.index(line), line) for line in lines]
    assert _found(spark, tmp_path, "lines") == {"plain": expected, "packed.gz": expected}


def test_rows_become_json_with_their_number_and_odd_ones_stay_as_they_are(
    spark: SparkSession, tmp_path: Path
) -> None:
    text = 'id,name\n1,"a ""b""\nc/ü"\n2\n3,NA\n4,x,y\n'
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(text.encode()))
    found = _found(spark, tmp_path, "csv")
    assert found["a.csv"] == found["b.csv.gz"]
    odd = [(place, json.loads(raw)["$text"]) for place, raw in found["a.csv"][:2]]
    assert odd == [(-2, "4,x,y"), (-1, "2")]
    assert [(number, json.loads(raw)) for number, raw in found["a.csv"][2:]] == [
        (0, {"id": "1", "name": 'a "b"\nc/ü'}),
        (1, {"id": "3", "name": "NA"}),
    ]


def test_rows_of_parquet_are_numbered_across_batches(spark: SparkSession, tmp_path: Path) -> None:
    parquet.write_table(pa.table({"id": list(range(45_000))}), tmp_path / "a.parquet")
    rows = _found(spark, tmp_path, "parquet")["a.parquet"]
    assert [json.loads(raw)["id"] for _, raw in rows] == [str(number) for number in range(45_000)]
    assert [number for number, _ in rows] == list(range(45_000))


@pytest.mark.parametrize("width", [1, 64 << 20])
def test_parts_of_a_record_are_counted_and_have_positions_of_their_own(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr(records, "_RANGE_BYTES", width)
    reading = SourceReading(split=_PARTS)
    (tmp_path / "lines").write_bytes(b"a+b+c\nd\n\n++\ne+f")
    expected = [(0, b"a"), (1, b"b"), (2, b"c"), (6, b"d"), (9, b""), (10, b""), (11, b""),
                (12, b"e"), (13, b"f")]  # fmt: skip
    assert _found(spark, tmp_path, "lines", reading) == {"lines": expected}
    (tmp_path / "lines").rename(tmp_path / "document")
    (tmp_path / "document").write_text('["a+b", "c", 5]')
    numbered = [(0, b'"a'), (1, b'b"'), (2, b'"c"'), (3, b"5")]
    assert _found(spark, tmp_path, "json", reading) == {"document": numbered}


def test_this_process_reads_only_what_stays_small(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a+b\nc\n")
    listed = listed_files(str(tmp_path))
    files = listed.append_column("file_id", listed["file"])
    found = lines_in(files, 1000, _PARTS)
    assert found is not None
    assert found["raw"].to_pylist() == [b"a", b"b", b"c"]
    assert lines_in(files, 10, _PARTS) is None


def test_records_without_bytes_are_passed_on_in_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "_CHUNK_BYTES", 2 * ROW_BYTES)
    (tmp_path / "a").write_bytes(b"+++++++")
    task = {"uri": str(tmp_path / "a"), "file_id": "a", "file": "a", "modified_at": None}
    empty = Split((b"+",), lambda raw: iter([b""] * len(raw)), len)
    found = lines_in(pa.Table.from_pylist([task]), 1 << 20, empty)
    assert found is not None
    assert [len(chunk) for chunk in found["raw"].chunks] == [3, 3, 1]
