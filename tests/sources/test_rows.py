import json

import pyarrow as pa
import pytest

from cdp_spark.sources.reader import FileRejected
from cdp_spark.sources.reading import DEFAULT_READING
from cdp_spark.sources.rows import table_reader, text_rows


def _batch(**columns: object) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(columns)


def test_a_duplicate_column_name_is_rejected_and_not_shown() -> None:
    doubled = pa.RecordBatch.from_arrays([pa.array([1]), pa.array([2])], names=["id", "id"])
    with pytest.raises(FileRejected, match="duplicate_column"):
        list(text_rows(iter([doubled])))


def test_rows_are_numbered_across_batches_and_those_that_do_not_fit_come_after() -> None:
    def batches(uri, reading, ragged):  # type: ignore[no-untyped-def]
        ragged(b"x,y")
        yield from (_batch(b=[1, 2], a=["ü", None]), _batch(b=[3], a=["/"]))
        ragged(b"z")

    reader = table_reader(batches)
    assert reader.checked_count("x", DEFAULT_READING, 1) == 5
    found = list(reader.records("x", DEFAULT_READING, 1))
    assert [position for position, _ in found] == [0, 1, 2, -1, -2]
    assert [raw for _, raw in found[3:]] == [b"x,y", b"z"]
    assert [json.loads(raw) for _, raw in found[:3]] == [
        {"a": "ü", "b": "1"},
        {"a": None, "b": "2"},
        {"a": "/", "b": "3"},
    ]
