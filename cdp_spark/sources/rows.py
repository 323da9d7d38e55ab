"""Rows of Arrow tables as JSON, every value as text."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
from pyarrow import compute

from cdp_spark.sources.columns import matched_names, missing_columns, tidy_names
from cdp_spark.sources.reader import Reader, Record
from cdp_spark.sources.reading import DEFAULT_READING, ReadingSettings

Ragged = Callable[[bytes], None]
Batches = Callable[[str, ReadingSettings, Ragged], Iterator[pa.RecordBatch]]


def text_rows(
    batches: Iterator[pa.RecordBatch], reading: ReadingSettings = DEFAULT_READING
) -> Iterator[pa.Table]:
    """Rows in batches, every value as text, columns sorted by name; names as in the settings.

    Raises:
        pyarrow.ArrowInvalid: a value can't become text.
        FileRejected: two columns have the same name, or one that the settings name is missing.
    """
    for batch in batches:
        names = matched_names(tidy_names(batch.schema.names), reading)
        columns = dict(zip(names, batch.columns, strict=True))
        yield pa.table({name: as_text(columns[name]) for name in sorted(columns)})


def table_reader(batches: Batches, **options: Any) -> Reader:
    """The reader of a layout that Arrow reads in batches.

    Rows that do not fit the columns come last, as `broken_row` has them, at negative positions.
    """

    def count(uri: str, reading: ReadingSettings) -> int:
        ragged: list[bytes] = []
        found = text_rows(batches(uri, reading, ragged.append), reading)
        return sum(int(rows.num_rows) for rows in found) + len(ragged)

    def records(uri: str, reading: ReadingSettings, longest: int) -> Iterator[Record]:
        del longest  # Arrow's block size limits it
        ragged: list[bytes] = []
        number = 0
        for rows in text_rows(batches(uri, reading, ragged.append), reading):
            for raw in rows_as_json(rows):
                yield number, raw
                number += 1
        for place, raw in enumerate(sorted(ragged), start=1):
            yield -place, raw

    def missing(uri: str, reading: ReadingSettings) -> str:
        first = next(iter(batches(uri, reading, lambda _: None)), None)
        names = tidy_names(first.schema.names) if first is not None else []
        return missing_columns(names, reading)

    return Reader(records, count, missing, **options)


def rows_as_json(rows: pa.Table) -> list[bytes]:
    """Each row as a JSON object."""
    lines = rows.to_pandas().to_json(orient="records", lines=True, force_ascii=False)
    return [line.encode() for line in lines.split("\n") if line]


def as_text(values: pa.Array) -> pa.Array:
    """The values as text; nested ones as JSON."""
    if not pa.types.is_nested(values.type):
        return compute.cast(values, pa.string())
    texts = [
        None if one is None else json.dumps(one, default=str, ensure_ascii=False)
        for one in values.to_pylist()
    ]
    return pa.array(texts, pa.string())
