import io
import json
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import fastavro
import pyarrow as pa
import pytest

Read = Callable[..., Any]


def _optional(kind: Any) -> list[Any]:
    return ["null", kind]


# Readings of devices, nested.
_READING = {
    "type": "record",
    "name": "Reading",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "on", "type": _optional({"type": "int", "logicalType": "date"})},
        {"name": "device", "type": {
            "type": "record", "name": "Device",
            "fields": [{"name": "id", "type": "string"}, {"name": "tags", "type": {
                "type": "map", "values": "int"}}],
        }},
        {"name": "celsius", "type": _optional({
            "type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2})},
        {"name": "raw", "type": _optional("bytes")},
        {"name": "volts", "type": _optional("double")},
        {"name": "ok", "type": _optional("boolean")},
        {"name": "count", "type": _optional("long")},
    ],
}  # fmt: skip
_FULL = {
    "id": "r1",
    "at": datetime(2025, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
    "on": date(2025, 1, 2),
    "device": {"id": "d1", "tags": {"floor": 3}},
    "celsius": Decimal("21.50"),
    "raw": b"\xff\x00",
    "volts": 1.25,
    "ok": True,
    "count": 9_007_199_254_740_993,
}
_BARE: dict[str, Any] = {"id": "r2", "at": 2**62, "device": {"id": "d2", "tags": {}}}


def _file(*rows: dict[str, Any], schema: Any = _READING, codec: str = "null") -> bytes:
    stream = io.BytesIO()
    fastavro.writer(stream, schema, rows, codec=codec, sync_marker=b"s" * 16)
    return stream.getvalue()


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2", "xz"])
def test_readings_of_devices(read: Read, codec: str) -> None:
    empty = dict.fromkeys(("on", "celsius", "raw", "volts", "ok", "count"))
    assert read("avro", _file(_FULL, _BARE, codec=codec)) == [
        (0, {
            "at": "2025-01-02T03:04:05.678000+00:00",
            "celsius": "21.50",
            "count": "9007199254740993",
            "device": {"id": "d1", "tags": {"floor": "3"}},
            "id": "r1",
            "ok": "true",
            "on": "2025-01-02",
            "raw": "/wA=",
            "volts": "1.25",
        }),
        (1, {"at": str(2**62), "device": {"id": "d2", "tags": {}}, "id": "r2"} | empty),
    ]  # fmt: skip


def test_blocks_packed_by_snappy_and_zstandard_are_read(read: Read) -> None:
    values = b"\x02a\x02b"
    crc = zlib.crc32(values).to_bytes(4, "big")
    snappy = bytes([len(values), (len(values) - 1) << 2]) + values + crc
    assert read("avro", _container("snappy", 2, snappy)) == [
        (0, {"value": "a"}),
        (1, {"value": "b"}),
    ]
    assert read("avro", _container("snappy", 2, snappy[:-1] + b"x")) == "unreadable_file"
    packed = pa.compress(values, codec="zstd", asbytes=True)
    assert read("avro", _container("zstandard", 1, packed)) == "unreadable_file"  # one too few
    assert len(read("avro", _container("zstandard", 2, packed))) == 2


def _container(codec: str, count: int, block: bytes) -> bytes:
    stream = io.BytesIO()
    stream.write(b"Obj\x01")
    meta = {"avro.codec": codec.encode(), "avro.schema": json.dumps("string").encode()}
    fastavro.schemaless_writer(stream, {"type": "map", "values": "bytes"}, meta)
    stream.write(b"s" * 16)
    for number in (count, len(block)):
        fastavro.schemaless_writer(stream, "long", number)
    return stream.getvalue() + block + b"s" * 16


def test_a_file_truncated_within_a_block_is_rejected(read: Read) -> None:
    whole = _file(*[_FULL] * 500, codec="deflate")
    for cut in (1, 10, 17, len(whole) // 2, len(whole) - 20, len(whole) - 3):
        assert read("avro", whole[:-cut]) == "unreadable_file", cut
    damaged = bytearray(whole)
    damaged[-30] ^= 0xFF
    assert read("avro", bytes(damaged)) == "unreadable_file"


def test_hostile_and_empty_files_are_rejected(read: Read) -> None:
    text = io.BytesIO()
    fastavro.schemaless_writer(text, "long", 65 << 20)
    bomb = zlib.compressobj(wbits=-15)
    packed = bomb.compress(text.getvalue() + bytes(65 << 20)) + bomb.flush()
    assert len(packed) < 100_000
    assert read("avro", _container("deflate", 1, packed)) == "unreadable_file"
    assert read("avro", _container("null", 2**40, b"\x02a")) == "unreadable_file"
    assert read("avro", _container("null", 1, b"\x02a")[:-1] + b"x") == "unreadable_file"
    assert read("avro", _container("unknown", 1, b"\x02a")) == "unreadable_file"
    assert read("avro", _container("null", 1, b"\xfe\xff\xff\xff\x0fa")) == "unreadable_file"
    assert read("avro", b"id,name\n") == "unreadable_file"
    assert read("avro", _file()) == "empty_file"
    assert read("avro", b"") == "empty_file"
    assert read("avro", _file(_FULL), longest=100) == "record_too_long"
