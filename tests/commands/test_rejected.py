import json
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import SparkSession

from cdp_spark.commands.rejected import masked, waiting_groups
from cdp_spark.lake import Lake
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import REJECTED
from tests.commands.conftest import Cdp

_RAW = b'{"messageId": "m7", "email": "ana@shop.example"'


def test_values_of_an_example_are_masked_and_its_keys_are_not() -> None:
    assert masked(_RAW) == '{"messageId": "x9", "email": "xxx@xxxx.xxxxxxx"'
    assert masked("7;Şule;\x80".encode("latin-1", "replace")) == "9;?xxx;�"
    assert masked(None) == ""


def test_records_that_wait_are_counted_by_source_reason_and_field(
    spark: SparkSession, open_lake: Callable[..., Lake], cdp: Cdp
) -> None:
    records = [
        ("web", "not_json", False, _RAW),
        ("web", "not_json", False, _RAW + b"}"),
        ("shop", "bad_amount", False, b"7;x"),
        ("shop", "bad_amount", True, b"8;x"),
    ]
    rows = [
        {"record_id": str(number), "source": source, "reason": reason, "is_replayed": replayed,
         "raw": raw, "detail": None}
        for number, (source, reason, replayed, raw) in enumerate(records)
    ]  # fmt: skip
    frame = sample(spark, REJECTED, *rows)
    found = [(row.source, row.record_count) for row in waiting_groups(frame).collect()]
    assert found == [("web", 2), ("shop", 1)]
    lake = open_lake()
    lake.append_once(REJECTED, frame, "test", 1)
    assert Path(lake.root).is_dir()
    (group,) = json.loads(cdp("rejected", "--lake", lake.root, "--source", "web", "--json").stdout)
    assert (group["record_count"], group["replay"]) == (
        2,
        "cdp replay --source web --reason not_json",
    )
    shown = cdp("rejected", "--lake", lake.root).stdout
    assert "ana" not in shown
    assert "bad_amount" in shown
    nothing = cdp("rejected", "--lake", lake.root, "--source", "app").stdout
    assert "no rejected records wait" in nothing
