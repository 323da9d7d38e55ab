"""ingest_events on what really gets delivered: whole, torn, doubled, rewritten and gone files."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from delta.tables import DeltaTable
from pyarrow import parquet
from pyspark.sql import SparkSession

from cdp_spark.lake import ContractBroken, Lake
from cdp_spark.lake.storage import path_of
from cdp_spark.semantics.expectations import DeliveryExpectations, Freshness, Volume
from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.settings import SourceSettings, SourcesSettings
from cdp_spark.tables.bronze import DELIVERY_CHECK, FILE, RECORD
from jobs.ingest_events import run

Opened = Callable[..., Lake]
_WEB = SourceSettings(name="web", format="segment", path="landing/web")
_TILL = SourceSettings(name="till", format="csv", path="landing/till")
_PANEL = SourceSettings(name="panel", format="parquet", path="landing/panel")


def _settings(*sources: SourceSettings) -> SourcesSettings:
    return SourcesSettings(entries=sources, longest_record=1000)


def _deliver(lake: Lake, source: SourceSettings, files: dict[str, bytes]) -> Path:
    folder = Path(lake.root) / source.path
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def _files(lake: Lake) -> dict[str, tuple[int, int, str | None]]:
    return {
        row["file"]: (row["batch"], row["record_count"], row["reason"])
        for row in lake.read(FILE).collect()
    }


def _records(lake: Lake) -> list[tuple[str, bytes]]:
    return sorted((row["file"], bytes(row["raw"])) for row in lake.read(RECORD).collect())


def _written(lake: Lake) -> dict[str, int]:
    counts = ("inserted_count", "updated_count", "deleted_count")
    return {name: sum(one[count] for count in counts) for name, one in lake.ledger.writes.items()}


def test_bad_files_are_refused_whole_and_the_others_land_once(open_lake: Opened) -> None:
    lake = open_lake()
    lines = b'{"a":1}\r\n\n<html>\n\xff'
    web = {
        "good.jsonl": lines,
        "good.jsonl.gz": gzip.compress(lines[:9]) + gzip.compress(lines[9:]),
        "torn.jsonl.gz": gzip.compress(lines)[:-3],
        "body.jsonl": b'{"batch":[{"a":1},{"a":2}],"sentAt":"S","writeKey":"secret"}',
        "empty.jsonl": b"",
        "long.jsonl": b"{}\n" + b"x" * (20 << 20),
    }
    _deliver(lake, _WEB, web)
    _deliver(lake, _TILL, {"a.csv": b"id,name\n1,ann\n2\n", "doubled.csv": b"id,id\n1,2\n"})
    folder = _deliver(lake, _PANEL, {"cut": b"PAR1 cut"})
    parquet.write_table(pa.table({"id": [1, 2]}), folder / "whole")
    settings = _settings(_WEB, _TILL, _PANEL)
    run(lake, settings)
    assert _files(open_lake()) == {
        "good.jsonl": (1, 3, None),
        "good.jsonl.gz": (1, 3, None),
        "body.jsonl": (1, 2, None),
        "torn.jsonl.gz": (1, 0, "broken_archive"),
        "empty.jsonl": (1, 0, "empty_file"),
        "long.jsonl": (1, 0, "record_too_long"),
        "a.csv": (1, 2, None),
        "doubled.csv": (1, 0, "duplicate_column"),
        "whole": (1, 2, None),
        "cut": (1, 0, "unreadable_file"),
    }
    taken = [b'{"a":1}\r', b"<html>", b"\xff"]
    short = b'{"$detail":"found 1 cells, expected 2","$rejected":"wrong_cell_count","$text":"2"}'
    tables = [("a.csv", short), ("a.csv", b'{"id":"1","name":"ann"}'),
              ("whole", b'{"id":"1"}'), ("whole", b'{"id":"2"}')]  # fmt: skip
    events = [("body.jsonl", b'{"a":%d,"sentAt":"S"}' % number) for number in (1, 2)]
    expected = [(name, raw) for name in ("good.jsonl", "good.jsonl.gz") for raw in taken]
    expected += [*events, *tables]
    assert _records(open_lake()) == sorted(expected)
    assert _written(lake) == {FILE.name: 10, RECORD.name: 12}

    for file in (Path(lake.root) / _WEB.path).iterdir():
        file.unlink()  # what was taken may be cleared away
    again = open_lake()
    run(again, settings)
    assert sum(_written(again).values()) == 0
    assert _records(open_lake()) == sorted(expected)


def test_a_rewritten_file_is_ingested_again_and_a_renamed_one_too(open_lake: Opened) -> None:
    lake = open_lake()
    _deliver(lake, _WEB, {"a": b"one\ntwo\n"})
    run(lake, _settings(_WEB))
    _deliver(lake, _WEB, {"a": b"one\ntwo\nthree\n", "b": b"one\ntwo\n"})
    run(open_lake(), _settings(_WEB))
    batches = [(row["file"], row["batch"]) for row in open_lake().read(FILE).collect()]
    assert sorted(batches) == [("a", 1), ("a", 2), ("b", 2)]
    raws = [raw for _, raw in _records(open_lake())]
    assert sorted(raws) == [b"one", b"one", b"one", b"three", b"two", b"two", b"two"]
    ids = [row["record_id"] for row in open_lake().read(RECORD).collect()]
    assert len(set(ids)) == len(ids)


class DyingLake(Lake):
    """A lake that ends the run before the records of a batch are appended."""

    def append_once(self, *_: Any, **__: Any) -> None:
        raise KeyboardInterrupt


def test_a_killed_run_is_finished_with_the_files_it_began_with(
    spark: SparkSession, open_lake: Opened
) -> None:
    lake = open_lake()
    _deliver(lake, _WEB, {"a": b'{"batch":["one","more"]}\n', "b": b"two\n"})
    with pytest.raises(KeyboardInterrupt):
        run(DyingLake(spark, lake.root, lake.run), _settings(_WEB))
    assert _records(open_lake()) == []
    _deliver(lake, _WEB, {"c": b"three\n"})
    for _ in range(2):
        run(open_lake(), _settings(_WEB))
        assert _files(open_lake()) == {"a": (1, 2, None), "b": (1, 1, None), "c": (2, 1, None)}
        rows = open_lake().read(RECORD).collect()
        assert sorted((bytes(row["raw"]), row["batch"]) for row in rows) == [
            (b'"more"', 1),
            (b'"one"', 1),
            (b"three", 2),
            (b"two", 1),
        ]
        assert len({row["record_id"] for row in rows}) == 4


def test_planned_files_that_are_gone_or_changed_are_refused_and_taken_when_they_are_back(
    spark: SparkSession, open_lake: Opened
) -> None:
    lake = open_lake()
    folder = _deliver(lake, _WEB, {"gone": b"one\n", "changed": b"two\n", "kept": b"three\n"})
    with pytest.raises(KeyboardInterrupt):
        run(DyingLake(spark, lake.root, lake.run), _settings(_WEB))
    (folder / "gone").unlink()
    (folder / "changed").write_bytes(b"two\nand more\n")
    run(open_lake(), _settings(_WEB))
    new = ("changed", b"two"), ("changed", b"and more")
    assert _records(open_lake()) == sorted([*new, ("kept", b"three")])
    reasons = open_lake().read(FILE).where("is_rejected").select("file", "reason").collect()
    assert sorted(map(tuple, reasons)) == [("changed", "changed_file"), ("gone", "missing_file")]

    (folder / "gone").write_bytes(b"one\n")
    run(open_lake(), _settings(_WEB))
    assert _records(open_lake()) == sorted([*new, ("gone", b"one"), ("kept", b"three")])
    assert _files(open_lake())["gone"] == (3, 1, None)


def test_a_batch_with_all_records_erased_is_not_ingested_again(
    spark: SparkSession, open_lake: Opened
) -> None:
    lake = open_lake()
    folder = _deliver(lake, _WEB, {"a": b"one\n"})
    run(open_lake(), _settings(_WEB))
    DeltaTable.forPath(spark, path_of(lake.root, RECORD)).delete()
    (folder / "a").unlink()
    run(open_lake(), _settings(_WEB))
    assert _files(open_lake()) == {"a": (1, 1, None)}
    (folder / "a").write_bytes(b"one\n")
    run(open_lake(), _settings(_WEB))
    assert (_records(open_lake()), _files(open_lake())) == ([], {"a": (1, 1, None)})


def test_a_missing_folder_is_one_clear_error_and_all_other_sources_land(open_lake: Opened) -> None:
    lake = open_lake()
    _deliver(lake, _WEB, {"a": b"one\n"})
    with pytest.raises(SourceUnreadable, match="landing/till: no such folder; create it"):
        run(lake, _settings(_TILL, _WEB))
    assert _records(open_lake()) == [("a", b"one")]


def test_a_failed_expectation_ends_the_run_after_all_records_landed(
    open_lake: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    lake = open_lake()
    few = DeliveryExpectations(
        batch=Volume(least=3, on_violation="fail"), freshness=Freshness(hours=26)
    )
    web = _WEB.model_copy(update={"deliveries": few})
    silent = _TILL.model_copy(update={"deliveries": few})
    _deliver(lake, web, {"a": b"one\ntwo\n"})
    _deliver(lake, silent, {})
    for _ in range(2):  # a retry ends the same way, and warns once
        with pytest.raises(ContractBroken, match="'web', 'expectation': 'batch', 'scope': '1'"):
            run(open_lake(), _settings(web, silent))
    assert _records(open_lake()) == [("a", b"one"), ("a", b"two")]
    assert caplog.text.count("delivery expectation failed") == 1
    _deliver(lake, web, {"b": b"one\ntwo\nthree\n"})
    run(open_lake(), _settings(web, silent))
    again = open_lake()
    run(again, _settings(web, silent))
    assert sum(_written(again).values()) == 0
    rows = open_lake().read(DELIVERY_CHECK).select("source", "expectation", "scope", "is_failed")
    assert sorted(map(tuple, rows.collect())) == [
        ("till", "freshness", "latest", False),
        ("web", "batch", "1", True),
        ("web", "batch", "2", False),
        ("web", "freshness", "latest", False),
    ]


def test_a_source_that_stays_silent_ends_runs_until_it_delivers(open_lake: Opened) -> None:
    silent = _WEB.model_copy(
        update={
            "deliveries": DeliveryExpectations(freshness=Freshness(hours=26, on_violation="fail"))
        }
    )
    lake = open_lake()
    _deliver(lake, silent, {})
    run(lake, _settings(silent))
    late = open_lake()
    later = late.run.started_at + timedelta(hours=27)
    late = Lake(late.spark, late.root, replace(late.run, started_at=later))
    with pytest.raises(ContractBroken, match="'web', 'expectation': 'freshness'"):
        run(late, _settings(silent))
    _deliver(lake, silent, {"a": b"one\n"})
    run(open_lake(), _settings(silent))
    assert not open_lake().read(DELIVERY_CHECK).where("is_failed").count()
