import json
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from cdp_spark.bronze.snapshots import snapshot_records

_AT = datetime(2026, 11, 20, tzinfo=UTC)
_COLUMNS = (
    "record_id string, file_id string, file string, position long, raw binary, "
    "delivered_at timestamp"
)
_ADA = {"mail": "ada@posta.invalid", "no": "7"}
_NEW_ADA = {"mail": "ada.new@posta.invalid", "no": "7"}
_BORA = {"mail": "bora@posta.invalid", "no": "8"}
_BROKEN = {"$rejected": "wrong_cell_count", "$text": "9"}
_Rows = list[dict[str, Any]]


def _delivery(spark: SparkSession, file: str, rows: _Rows) -> DataFrame:
    texts = [json.dumps(row, separators=(",", ":")).encode() for row in rows]
    return spark.createDataFrame(
        [(f"{file}-{n}", file, file, n, text, _AT) for n, text in enumerate(texts)], _COLUMNS
    )


def _deliveries(spark: SparkSession, *lists: _Rows, key: tuple[str, ...] = ("no",)) -> list[_Rows]:
    """What each delivery becomes, in the order of its rows."""
    found: list[_Rows] = []
    last = None
    for number, rows in enumerate(lists, start=1):
        records = _delivery(spark, f"f{number}", rows)
        last = snapshot_records(records, last, key).localCheckpoint()
        ordered = sorted(last.collect(), key=lambda row: int(row["position"]))
        assert len({row["record_id"] for row in ordered}) == len(ordered)
        assert {row["file_id"] for row in ordered} == {f"f{number}"}
        found.append([json.loads(bytes(row["raw"])) for row in ordered])
    return found


def _since(file: str, row: dict[str, Any]) -> dict[str, Any]:
    return row | {"$since": file}


def test_a_row_names_the_delivery_since_which_it_is_as_it_is(spark: SparkSession) -> None:
    first, second, third, fourth = _deliveries(
        spark, [_ADA, _BORA], [_NEW_ADA], [_NEW_ADA], [_ADA, _BORA, _BROKEN]
    )
    assert first == [_since("f1", _ADA), _since("f1", _BORA)]
    # Ada changed, Bora left.
    assert second == [_since("f1", _BORA) | {"$left": "f2"}, _since("f2", _NEW_ADA)]
    assert third == [_since("f2", _NEW_ADA)]  # the same again; who left does not leave again
    # What was there before, and comes back, is new.
    assert fourth == [_since("f4", _ADA), _since("f4", _BORA), _since("f4", _BROKEN)]


def test_a_key_may_have_two_columns_and_a_row_without_one_never_leaves(
    spark: SparkSession,
) -> None:
    at: dict[str, Any] = {"shop": "a", "no": "7", "it's": "x"}
    rows = [at, at | {"shop": "b"}, {"shop": "a", "no": None, "it's": "x"}]
    key = ("shop", "no", "it's")
    _, second = _deliveries(spark, rows, [at | {"shop": "b"}], key=key)
    assert second == [_since("f1", at) | {"$left": "f2"}, _since("f1", at | {"shop": "b"})]


def test_a_row_twice_in_a_list_is_one_row(spark: SparkSession) -> None:
    _, second, third = _deliveries(spark, [_ADA, _ADA], [_ADA, _NEW_ADA], [_ADA])
    assert second == [_since("f1", _ADA), _since("f2", _NEW_ADA)]
    assert third == [_since("f1", _ADA)]
