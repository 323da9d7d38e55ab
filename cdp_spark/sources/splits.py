"""Records that hold several: each part becomes a record of its own, where they are read.

Decided: they are split before bronze, not in silver. One record then has one outcome, one row of
bronze to replay or to erase, and belongs to one person at most, although a body that an SDK sends
may hold events of several; and a credential in that body never reaches a table. Each part keeps the
text it was sent in. Files are checked with the same split, so `record_count` counts the parts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import types as T

_CHUNK_BYTES = 4 << 20
ROW_BYTES = 64
"""What a row needs beside its record: a body may have a million empty parts."""


@dataclass(frozen=True)
class Split:
    """How a format splits records that hold several.

    Only a record that contains one of `markers` is looked at. `parts` yields its parts, or the
    record itself if it is a single one; at most one for each byte of the record, always the same.
    `part_count` is their number, found without building them.
    """

    markers: tuple[bytes, ...]
    parts: Callable[[bytes], Iterator[bytes]]
    part_count: Callable[[bytes], int]

    def may_apply(self, text: bytes) -> bool:
        """Whether a record, or one of several, contains a marker."""
        for marker in self.markers:  # noqa: SIM110 - any() takes as long again
            if marker in text:
                return True
        return False

    def count(self, raw: bytes) -> int:
        """The number of records that a record holds."""
        return self.part_count(raw) if self.may_apply(raw) else 1


def split_lines(
    lines: Iterator[tuple[int, bytes]], split: Split | None
) -> Iterator[tuple[int, bytes]]:
    """Position and bytes of each record in lines with their offsets.

    The k-th part of a line has the offset of the line's k-th byte, which no other record has.
    """
    return _split_lines(lines, split) if split else lines


def _split_lines(lines: Iterator[tuple[int, bytes]], split: Split) -> Iterator[tuple[int, bytes]]:
    for offset, raw in lines:
        if split.may_apply(raw):
            yield from enumerate(split.parts(raw), start=offset)
        else:
            yield offset, raw


def split_elements(
    records: Iterator[tuple[int, bytes]], split: Split | None
) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each record of a document, numbered from 0 after they are split."""
    return enumerate(raw for _, raw in _split_lines(records, split)) if split else records


def split_messages(messages: DataFrame, split: Split) -> DataFrame:
    """The messages, which have bytes `raw`, by part: `part` is null for the first, then 1, 2, ….

    A batch of messages without a marker is passed on as it is.
    """

    def parts_of(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            raws = batch.column("raw").to_pylist()
            if any(map(split.may_apply, raws)):
                yield from _parts_in(batch, raws, split)
            else:
                columns = dict(zip(batch.schema.names, batch.columns, strict=True))
                yield _numbered(columns, pa.nulls(len(raws), pa.int32()))

    schema = T.StructType([*messages.schema.fields, T.StructField("part", T.IntegerType())])
    return messages.mapInArrow(parts_of, schema)


def _parts_in(batch: pa.RecordBatch, raws: list[bytes], split: Split) -> Iterator[pa.RecordBatch]:
    rows: list[int] = []
    numbers: list[int | None] = []
    parts: list[bytes] = []
    size = 0

    def chunk() -> pa.RecordBatch:
        # Not the bytes: each part would copy its whole message first.
        others = batch.select([name for name in batch.schema.names if name != "raw"])
        taken = others.take(pa.array(rows, pa.int64()))
        columns = dict(zip(others.schema.names, taken.columns, strict=True))
        columns["raw"] = pa.array(parts, batch.schema.field("raw").type)
        in_order = {name: columns[name] for name in batch.schema.names}
        return _numbered(in_order, pa.array(numbers, pa.int32()))

    for row, raw in enumerate(raws):
        for number, part in enumerate(_of(raw, split)):
            rows.append(row)
            numbers.append(number or None)
            parts.append(part)
            size += len(part) + ROW_BYTES
            if size > _CHUNK_BYTES:
                yield chunk()
                rows, numbers, parts, size = [], [], [], 0
    yield chunk()


def _of(raw: bytes, split: Split) -> Iterator[bytes]:
    return split.parts(raw) if split.may_apply(raw) else iter((raw,))


def _numbered(columns: dict[str, pa.Array], numbers: pa.Array) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(columns | {"part": numbers})
