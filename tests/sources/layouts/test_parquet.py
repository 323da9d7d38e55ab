import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyarrow import parquet

Read = Callable[..., Any]


def _file(columns: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    parquet.write_table(pa.table(columns), stream)
    return stream.getvalue()


def test_values_become_text(read: Read) -> None:
    columns = {
        "z": [1.5, None],
        "amount": [Decimal("1.10"), None],
        "at": [datetime(2025, 1, 2, 3, 4, 5, 6, tzinfo=UTC), None],
        "on": [date(2025, 1, 2), None],
        "flag": [True, None],
        "items": [[1, 2], None],
        "nest": [{"a": "ü"}, None],
    }
    (_, first), (_, second) = read("parquet", _file(columns))
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


def test_truncated_empty_and_other_files_are_rejected(read: Read) -> None:
    whole = _file({"id": [str(number) for number in range(5000)]})
    assert read("parquet", whole[:-9]) == "unreadable_file"
    assert read("parquet", whole[: len(whole) // 2]) == "unreadable_file"
    assert read("parquet", b"id\n1\n") == "unreadable_file"
    assert read("parquet", _file({"id": pa.array([], pa.string())})) == "empty_file"
    assert read("parquet", b"") == "empty_file"
