import gzip
import hashlib
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from pyspark.sql import SparkSession

from cdp_spark.sources import Layout, SourceUnreadable, files
from cdp_spark.sources.files import LISTED, checked_files, listed_files

_LINES = b'{"a":1}\n\n  \n{"a":2}\r\nnot json\n\xff\xfe'
_CSV = b"id,name\n1,ann\n2\n3,x,y\nfour,bob\n"


def _delivered(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def _checked(
    spark: SparkSession, folder: Path, layout: Layout, longest: int = 1000
) -> dict[str, tuple[int, str | None]]:
    listed = listed_files(str(folder))
    rows = checked_files(spark, listed, layout, longest).to_pylist()
    for row in rows:
        content = (folder / row["file"]).read_bytes()
        assert row["sha256"] == hashlib.sha256(content).hexdigest()
        assert row["size_bytes"] == len(content)
    return {row["file"]: (row["record_count"], row["reason"]) for row in rows}


def test_files_that_are_not_ready_are_not_listed(tmp_path: Path) -> None:
    ready = {"a.jsonl": b"1", "day 1/b#%.jsonl": b"22"}
    ignored = ["_SUCCESS", ".a.crc", "c.part", "_temporary/0/d.jsonl", "day 1/.hidden/e.jsonl"]
    _delivered(tmp_path, ready | dict.fromkeys(ignored, b"x"))
    (tmp_path / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    for folder in (str(tmp_path), f"{tmp_path}/", f"file://{tmp_path}"):
        rows = listed_files(folder).to_pylist()
        assert {row["file"]: row["size_bytes"] for row in rows} == {
            "a.jsonl": 1,
            "day 1/b#%.jsonl": 2,
        }
        uri = folder.rstrip("/")
        assert {row["uri"] for row in rows} == {f"{uri}/a.jsonl", f"{uri}/day 1/b#%.jsonl"}


def test_a_folder_that_is_missing_or_no_folder_is_one_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder in (tmp_path / "nowhere", file):
        with pytest.raises(SourceUnreadable, match=f"{folder}: no such folder; create it or"):
            listed_files(str(folder))
    with pytest.raises(SourceUnreadable, match="unknown://a/b: can't be listed"):
        listed_files("unknown://a/b")
    assert listed_files(str(tmp_path)).num_rows == 1


def test_files_of_lines_are_counted_or_rejected_with_a_reason(
    spark: SparkSession, tmp_path: Path
) -> None:
    archive = gzip.compress(_LINES)
    damaged = bytearray(gzip.compress(os.urandom(500)))
    damaged[100] ^= 0xFF
    files = {
        "plain": _LINES,
        "bom": b'\xef\xbb\xbf{"a":1}',
        "one.gz": archive,
        "two.gz": archive + gzip.compress(b"\nlast"),
        "torn.gz": archive[:-3],
        "damaged.gz": bytes(damaged),
        "no.gz": _LINES,
        "empty": b"",
        "empty.gz": b"",
        "nothing.gz": gzip.compress(b""),
        "blank": b"\n \n\r\n",
        "long": b"{}\n" + b"x" * 1001,
        "endless": b"x" * (9 << 20),
        "endless.gz": gzip.compress(b"x" * (9 << 20)),
        "longest": b"x" * 1000 + b"\n{}",
    }
    assert _checked(spark, _delivered(tmp_path, files), "lines") == {
        "plain": (4, None),
        "bom": (1, None),
        "one.gz": (4, None),
        "two.gz": (5, None),
        "torn.gz": (0, "broken_archive"),
        "damaged.gz": (0, "broken_archive"),
        "no.gz": (0, "broken_archive"),
        "empty": (0, "empty_file"),
        "empty.gz": (0, "empty_file"),
        "nothing.gz": (0, "empty_file"),
        "blank": (0, "empty_file"),
        "long": (0, "record_too_long"),
        "endless": (0, "record_too_long"),
        "endless.gz": (0, "record_too_long"),
        "longest": (2, None),
    }


def test_tables_are_counted_or_rejected_with_a_reason(spark: SparkSession, tmp_path: Path) -> None:
    archive = gzip.compress(_CSV)
    csvs = {
        "ragged.csv": _CSV,
        "bom.csv": b"\xef\xbb\xbf" + _CSV,
        "packed.csv.gz": archive,
        "torn.csv.gz": archive[:-3],
        "header.csv": b"id,name\n",
        "empty.csv": b"",
        "doubled.csv": b"id,id\n1,2\n",
        "latin.csv": b"id,name\n1,\xff\n",
        "late_text.csv": b"id\n" + b"1\n" * 9_000_000 + b"x\n",
    }
    assert _checked(spark, _delivered(tmp_path / "csv", csvs), "csv") == {
        "ragged.csv": (4, None),
        "bom.csv": (4, None),
        "packed.csv.gz": (4, None),
        "torn.csv.gz": (0, "broken_archive"),
        "header.csv": (0, "empty_file"),
        "empty.csv": (0, "empty_file"),
        "doubled.csv": (0, "duplicate_column"),
        "latin.csv": (0, "wrong_encoding"),
        "late_text.csv": (9_000_001, None),
    }
    whole = _parquet(tmp_path / "p", {"id": [str(number) for number in range(5000)]})
    damaged = bytearray(whole)
    damaged[1000:2000] = b"x" * 1000
    parquets = {
        "whole": whole,
        "cut": whole[:-9],
        "damaged": bytes(damaged),
        "empty": b"",
        "text": b"id\n1\n",
        "no_rows": _parquet(tmp_path / "p", {"id": pa.array([], pa.string())}),
        "bytes": _parquet(tmp_path / "p", {"id": [b"\xff"]}),
    }
    assert _checked(spark, _delivered(tmp_path / "parquet", parquets), "parquet") == {
        "whole": (5000, None),
        "cut": (0, "unreadable_file"),
        "damaged": (0, "unreadable_file"),
        "empty": (0, "empty_file"),
        "text": (0, "unreadable_file"),
        "no_rows": (0, "empty_file"),
        "bytes": (0, "unreadable_file"),
    }


def _parquet(file: Path, columns: dict[str, Any]) -> bytes:
    parquet.write_table(pa.table(columns), file)
    return file.read_bytes()


def test_a_file_gone_since_it_was_listed_has_no_hash(spark: SparkSession, tmp_path: Path) -> None:
    _delivered(tmp_path, {"a": b"1", "b": b"2"})
    listed = listed_files(str(tmp_path))
    (tmp_path / "a").unlink()
    for layout in ("lines", "csv", "parquet"):
        row = checked_files(spark, listed, layout, 1000).to_pylist()[0]
        assert row["file"] == "a"
        assert (row["sha256"], row["record_count"], row["reason"]) == (None, 0, "missing_file")


def test_a_file_that_cannot_be_read_to_its_end_has_no_hash(
    spark: SparkSession, tmp_path: Path
) -> None:
    """A hash of what came before the fault would pass for that of the file."""
    _delivered(tmp_path, {"a": b"1"})
    (listed,) = listed_files(str(tmp_path)).to_pylist()
    folder = pa.Table.from_pylist([listed | {"uri": str(tmp_path)}], schema=LISTED)
    row = checked_files(spark, folder, "lines", 1000).to_pylist()[0]
    assert (row["sha256"], row["record_count"], row["reason"]) == (None, 0, "unreadable_file")


def test_files_are_checked_the_same_by_this_process_and_by_spark(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _delivered(tmp_path, {"a": b"1\n\n2", "b.gz": b"torn", "c": b"", "d": b"x" * 2000})
    listed = listed_files(str(tmp_path))
    here = checked_files(spark, listed, "lines", 1000)
    monkeypatch.setattr(files, "_FEW_FILES", 0)
    assert checked_files(spark, listed, "lines", 1000).equals(here)
    assert here["record_count"].to_pylist() == [2, 0, 0, 0]
