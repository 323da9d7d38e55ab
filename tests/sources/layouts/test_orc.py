import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyarrow import orc

Read = Callable[..., Any]


def _file(columns: dict[str, Any], **options: Any) -> bytes:
    stream = io.BytesIO()
    orc.write_table(pa.table(columns), stream, **options)
    return stream.getvalue()


# A catalogue of products.
_CATALOGUE = {
    "sku": ["A1", "B2"],
    "label": ["Çay", None],
    "price": [Decimal("12.50"), None],
    "since": [date(2024, 1, 1), None],
    "changed": pa.array(
        [datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC), None], pa.timestamp("us", "UTC")
    ),
    "tags": [["hot"], []],
}


def test_a_catalogue_of_products(read: Read) -> None:
    assert read("orc", _file(_CATALOGUE)) == [
        (0, {
            "changed": "2025-01-02 03:04:05.000000000Z",
            "label": "Çay",
            "price": "12.50",
            "since": "2024-01-01",
            "sku": "A1",
            "tags": '["hot"]',
        }),
        (1, dict.fromkeys(_CATALOGUE) | {"sku": "B2", "tags": "[]"}),
    ]  # fmt: skip


def test_rows_of_many_stripes_are_numbered_in_their_order(read: Read) -> None:
    ids = [f"{number * 7919 % 100_003:06d}" for number in range(60_000)]
    found = read("orc", _file({"id": ids}, stripe_size=64 << 10, compression="zstd"))
    assert [(position, row["id"]) for position, row in found] == list(enumerate(ids))


def test_truncated_empty_and_other_files_are_rejected(read: Read) -> None:
    whole = _file({"id": [str(number) for number in range(5000)]})
    assert read("orc", whole[:-9]) == "unreadable_file"
    assert read("orc", whole[: len(whole) // 2]) == "unreadable_file"
    assert read("orc", b"id\n1\n") == "unreadable_file"
    assert read("orc", _file({"id": pa.array([], pa.string())})) == "empty_file"
    assert read("orc", b"") == "empty_file"
