"""Avro object container files, by block: https://avro.apache.org/docs/1.12.0/specification/.

The container is read here and the values by fastavro, so that a highly compressed block is
rejected before it is unpacked, and a truncated block is detected. Timestamps, dates and decimals
become text; a timestamp outside the calendar stays a number.
"""

import bz2
import io
import json
import lzma
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import IO, Any

import fastavro
import pyarrow as pa
from fastavro.read import LOGICAL_READERS
from fastavro.types import Schema

from cdp_spark.files.locations import opened
from cdp_spark.sources.reader import UNREADABLE, FileRejected, Reader, Record
from cdp_spark.sources.reading import ReadingSettings
from cdp_spark.sources.texts import as_json

_BLOCK_BYTES = 64 << 20  # maximum size of a block, stored or unpacked; usual are 16 KiB
_MAGIC, _SYNC_BYTES = b"Obj\x01", 16
_META = {"type": "map", "values": "bytes"}


def _records(uri: str, reading: ReadingSettings, longest: int) -> Iterator[Record]:
    del reading, longest  # Avro needs no options; the block size limits memory
    system, path = opened(uri)
    with system.open_input_file(path) as stored, io.BufferedReader(stored) as stream:
        if not stream.peek(1):
            return
        try:
            for number, row in enumerate(_rows(stream)):
                yield number, as_json(row if isinstance(row, dict) else {"value": row})
        except (FileRejected, OSError):
            raise
        except Exception as error:
            # A truncated file raises errors of many kinds, depending on the value it ends in.
            raise FileRejected(UNREADABLE) from error


def _rows(stream: io.BufferedReader) -> Iterator[Any]:
    if _exactly(stream, len(_MAGIC)) != _MAGIC:
        raise FileRejected(UNREADABLE)
    meta: Any = fastavro.schemaless_reader(stream, fastavro.parse_schema(_META), None)
    sync = _exactly(stream, _SYNC_BYTES)
    unpack = _UNPACK[meta.get("avro.codec", b"null").decode()]
    schema = fastavro.parse_schema(json.loads(meta["avro.schema"]))
    while stream.peek(1):
        count = _number(stream)
        block = unpack(_exactly(stream, _number(stream)))
        if _exactly(stream, _SYNC_BYTES) != sync:
            raise FileRejected(UNREADABLE)
        yield from _block_rows(block, count, schema)


def _block_rows(block: bytes, count: int, schema: Schema) -> Iterator[Any]:
    if not 0 <= count <= len(block):  # else rows without bytes could repeat without end
        raise FileRejected(UNREADABLE)
    values = io.BytesIO(block)
    for _ in range(count):
        yield fastavro.schemaless_reader(values, schema, None)
    if values.read(1):
        raise FileRejected(UNREADABLE)


def _number(stream: IO[bytes]) -> int:
    """A variable-length zig-zag number of at most 64 bits."""
    found = shift = 0
    while True:
        (byte,) = _exactly(stream, 1)
        found |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 or shift > 63:  # noqa: PLR2004 - the last byte has no high bit
            return (found >> 1) ^ -(found & 1)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    if not 0 <= size <= _BLOCK_BYTES:
        raise FileRejected(UNREADABLE)
    found = stream.read(size)
    if len(found) < size:
        raise FileRejected(UNREADABLE)
    return found


def _bounded(unpacked: bytes) -> bytes:
    if len(unpacked) > _BLOCK_BYTES:
        raise FileRejected(UNREADABLE)
    return unpacked


def _snappy(block: bytes) -> bytes:
    # Raw Snappy, which begins with its unpacked length, then a CRC-32 in four bytes.
    size = shift = 0
    for byte in block[:5]:
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte has no high bit
            break
    if size > _BLOCK_BYTES:
        raise FileRejected(UNREADABLE)
    unpacked: bytes = pa.decompress(block[:-4], size, codec="snappy", asbytes=True)
    if zlib.crc32(unpacked).to_bytes(4, "big") != block[-4:]:
        raise FileRejected(UNREADABLE)
    return unpacked


def _zstandard(block: bytes) -> bytes:
    with pa.CompressedInputStream(pa.BufferReader(block), "zstd") as stream:
        return _bounded(stream.read(_BLOCK_BYTES + 1))


_UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "null": lambda block: block,
    "deflate": lambda block: _bounded(
        zlib.decompressobj(-zlib.MAX_WBITS).decompress(block, _BLOCK_BYTES + 1)
    ),
    "snappy": _snappy,
    "zstandard": _zstandard,
    "bzip2": lambda block: _bounded(bz2.BZ2Decompressor().decompress(block, _BLOCK_BYTES + 1)),
    "xz": lambda block: _bounded(lzma.LZMADecompressor().decompress(block, _BLOCK_BYTES + 1)),
}


def _instant(per_second: int, zone: str) -> Callable[..., str]:
    def text_of(value: int, *_: Any) -> str:
        try:
            span = timedelta(microseconds=value * 1_000_000 // per_second)
            return (datetime(1970, 1, 1, tzinfo=UTC) + span).replace(tzinfo=None).isoformat() + zone
        except OverflowError:
            return str(value)

    return text_of


def _day(value: int, *_: Any) -> str:
    try:
        return (date(1970, 1, 1) + timedelta(days=value)).isoformat()
    except OverflowError:
        return str(value)


for _unit, _per_second in {"millis": 1_000, "micros": 1_000_000, "nanos": 1_000_000_000}.items():
    LOGICAL_READERS[f"long-timestamp-{_unit}"] = _instant(_per_second, "+00:00")
    LOGICAL_READERS[f"long-local-timestamp-{_unit}"] = _instant(_per_second, "")
LOGICAL_READERS["int-date"] = _day

READER = Reader(_records)
