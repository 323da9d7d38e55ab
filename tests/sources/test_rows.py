from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from cdp_spark.sources import Layout
from cdp_spark.sources.rows import text_rows


def _read(file: Path, layout: Layout, ragged: Callable[[bytes], None]) -> list[dict[str, Any]]:
    return [row for rows in text_rows(str(file), layout, ragged) for row in rows.to_pylist()]


def test_cells_of_a_csv_file_stay_the_text_they_were(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(
        b'\xef\xbb\xbfb,a\r\n007,NA\r\n1e5,null\r\n,NaN\r\n"two\nlines","say ""hi"""\r\n  x , "\r\n'
    )
    ragged: list[bytes] = []
    assert _read(file, "csv", ragged.append) == [
        {"a": "NA", "b": "007"},
        {"a": "null", "b": "1e5"},
        {"a": "NaN", "b": None},
        {"a": 'say "hi"', "b": "two\nlines"},
        {"a": ' "', "b": "  x "},
    ]
    assert ragged == []


def test_rows_that_do_not_fit_come_apart_as_they_stood(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"id,name\n1,ann\n2\n3,x,y\n4,bob\n")
    ragged: list[bytes] = []
    assert [row["id"] for row in _read(file, "csv", ragged.append)] == ["1", "4"]
    assert ragged == [b"2", b"3,x,y"]


def test_values_of_a_parquet_file_become_text(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    columns = {
        "z": [1.5, None],
        "amount": [Decimal("1.10"), None],
        "at": [datetime(2025, 1, 2, 3, 4, 5, 6, tzinfo=UTC), None],
        "on": [date(2025, 1, 2), None],
        "flag": [True, None],
        "items": [[1, 2], None],
        "nest": [{"a": "ü"}, None],
    }
    parquet.write_table(pa.table(columns), file)
    first, second = _read(file, "parquet", print)
    assert first == {
        "amount": "1.10",
        "at": "2025-01-02 03:04:05.000006Z",
        "flag": "true",
        "items": "[1, 2]",
        "nest": '{"a": "ü"}',
        "on": "2025-01-02",
        "z": "1.5",
    }
    assert list(first) == sorted(columns)
    assert set(second.values()) == {None}


def test_a_column_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"id,id\n1,2\n")
    with pytest.raises(pa.ArrowInvalid, match="columns of different names"):
        _read(file, "csv", print)
