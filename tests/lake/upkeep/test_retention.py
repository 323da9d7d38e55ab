import os
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import to_arrow_schema

from cdp_spark.lake import Lake, commits
from cdp_spark.lake.ledger import reads_of, runs_of, writes_of
from cdp_spark.lake.storage import create, path_of, version_of
from cdp_spark.lake.upkeep import retention
from cdp_spark.lake.upkeep.retention import (
    LaggingJob,
    delete_runs,
    expired_runs,
    hours_to_keep,
    lagging_job,
    stale_folders,
    vacuum,
)
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.ops import RUN
from cdp_spark.tables.sample import sample

Opened = Callable[..., Lake]
Entries = list[tuple[str, dict[str, Any]]]
_START = datetime(2025, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)

_versions = st.one_of(st.none(), st.integers(0, 5))
_entries = st.dictionaries(st.sampled_from("rst"), _versions, max_size=3)


@st.composite
def _histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of ops.run, oldest first."""
    parts = st.tuples(st.sampled_from("ab"), _entries, _entries)
    return [_run(number, *part) for number, part in enumerate(draw(st.lists(parts, max_size=12)))]


def _run(
    number: int, job: str, reads: dict[str, int | None], writes: dict[str, int | None]
) -> dict[str, Any]:
    def entries(versions: dict[str, int | None]) -> Entries:
        return [(name, {"version": version}) for name, version in versions.items()]

    return {
        "run_id": f"{job}{number}",
        "job": job,
        "as_of_on": (_START + number * _DAY).date(),
        "started_at": _START + number * _DAY,
        "settings_hash": f"h{number}",
        "code_version": "",
        "reads": entries(reads),
        "writes": entries(writes),
    }


@given(_histories(), st.integers(0, 13))
def test_the_position_of_each_job_is_the_same_without_expired_runs(
    runs: list[dict[str, Any]], days: int
) -> None:
    before = _START + days * _DAY
    expired = expired_runs(runs, before)
    kept = [run for run in runs if run not in expired]
    for job in "ab":
        mine, still = ([run for run in rows if run["job"] == job] for rows in (runs, kept))
        assert (reads_of(still), writes_of(still)) == (reads_of(mine), writes_of(mine))
    assert all(run["started_at"] < before for run in expired)
    # Per job and table one run that read it, and one that wrote it, may be old.
    assert sum(run["started_at"] < before for run in kept) <= 2 * 2 * 3


def test_of_runs_that_say_the_same_only_the_newest_stays() -> None:
    runs = [_run(number, "a", {"t": number}, {}) for number in range(5)]
    assert expired_runs(runs, _START + 9 * _DAY) == runs[:-1]
    assert expired_runs(runs, _START + 2 * _DAY) == runs[:2]
    assert expired_runs(runs, _START) == []


@pytest.mark.parametrize("engine", ["driver", "spark"])
def test_expired_runs_are_deleted_by_both_engines(
    spark: SparkSession, lake: Lake, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    create(spark, lake.root, RUN)
    rows = [_run(number, "a", {"t": number}, {"t": number}) for number in range(4)]
    filled = {"purpose": "operate", "as_of_on": _START.date(), "seconds": 0.0}
    schema = to_arrow_schema(RUN.schema, timezone="UTC")
    for number, row in enumerate(rows):
        arrow = pa.Table.from_pylist([filled | row], schema=schema)
        assert commits.append(lake.root, RUN, arrow, ("runs", number + 1), number)
    if engine == "spark":
        monkeypatch.setattr(retention, "driver_table", lambda *_: None)
    before = version_of(lake.root, RUN)
    delete_runs(spark, lake.root, expired_runs(runs_of(lake.root), _START + 9 * _DAY))
    assert [run["run_id"] for run in runs_of(lake.root)] == ["a3"]
    assert version_of(lake.root, RUN) == before + 1


def _customer(spark: SparkSession, lake: Lake, city: str) -> None:
    lake.merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "a", "city": city}))


def _data_files(root: str) -> int:
    return len(list(Path(path_of(root, CUSTOMER)).rglob("*.parquet")))


def test_the_job_furthest_behind_is_waited_for(spark: SparkSession, open_lake: Opened) -> None:
    for job, city in (("slow", "x"), ("quick", "y")):
        _customer(spark, open_lake("writer"), city)
        reader = open_lake(job)
        reader.changes(CUSTOMER)
        reader.finish(0.0)
    open_lake("writer").merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "b"}))
    root = open_lake().root
    first = Path(path_of(root, CUSTOMER)) / "_delta_log" / f"{1:020}.json"
    waiting = lagging_job(root, CUSTOMER, runs_of(root))
    assert waiting is not None
    assert waiting.job == "slow"
    assert waiting.since == pytest.approx(first.stat().st_mtime)
    for job in ("slow", "quick"):
        last = open_lake(job)
        last.changes(CUSTOMER)
        last.finish(0.0)
    assert lagging_job(root, CUSTOMER, runs_of(root)) is None
    before = version_of(root, CUSTOMER)
    spark.sql(f"OPTIMIZE delta.`{path_of(root, CUSTOMER)}`")
    assert version_of(root, CUSTOMER) > before
    assert lagging_job(root, CUSTOMER, runs_of(root)) is None  # no row has changed


def test_a_version_that_is_gone_from_the_log_holds_nothing_up(
    spark: SparkSession, open_lake: Opened
) -> None:
    for city in "xyz":
        _customer(spark, open_lake("writer"), city)
    root = open_lake().root
    runs = [_run(0, "slow", {CUSTOMER.name: 0}, {})]
    assert lagging_job(root, CUSTOMER, runs)
    for version in range(2):
        (Path(path_of(root, CUSTOMER)) / "_delta_log" / f"{version:020}.json").unlink()
    assert lagging_job(root, CUSTOMER, runs) is None


def test_files_are_kept_since_the_job_furthest_behind_caught_up() -> None:
    now = time.time()
    assert hours_to_keep(None, 24) == 24
    assert hours_to_keep(LaggingJob("a", now - 3600), 24) == 24
    assert hours_to_keep(LaggingJob("a", now - 30 * 3600), 24) in (31, 32)
    assert hours_to_keep(LaggingJob("a", now - 168 * 3600), 24) is None


def _aged(root: str, hours: int) -> None:
    """Let all files have been written, and removed from the table, hours ago."""
    seconds = hours * 3600
    folder = Path(path_of(root, CUSTOMER))
    for commit in folder.glob("_delta_log/*.json"):
        older = re.sub(
            r'(?<="deletionTimestamp":)\d+',
            lambda found: str(int(found[0]) - seconds * 1000),
            commit.read_text(),
        )
        commit.write_text(older)
    for file in folder.rglob("*.*"):
        os.utime(file, (time.time() - seconds,) * 2)


@pytest.mark.parametrize("engine", ["driver", "spark"])
def test_vacuum_deletes_old_files_and_change_data_once(
    spark: SparkSession, open_lake: Opened, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    for city in "xyz":
        _customer(spark, open_lake(), city)
    root = open_lake().root
    _aged(root, hours=2)
    if engine == "spark":
        monkeypatch.setattr(retention, "driver_table", lambda *_: None)
    before, files = version_of(root, CUSTOMER), _data_files(root)
    assert vacuum(spark, root, CUSTOMER, 3, is_dry=False) == 0
    old = vacuum(spark, root, CUSTOMER, 1, is_dry=True)
    assert (version_of(root, CUSTOMER), _data_files(root)) == (before, files)
    assert vacuum(spark, root, CUSTOMER, 1, is_dry=False) == old >= 4
    assert _data_files(root) == 1
    after = version_of(root, CUSTOMER)
    assert vacuum(spark, root, CUSTOMER, 1, is_dry=False) == 0
    assert version_of(root, CUSTOMER) == after
    assert [row["city"] for row in open_lake().read(CUSTOMER).collect()] == ["z"]


def test_staging_is_stale_when_nothing_was_written_since(tmp_path: Path) -> None:
    root, now = str(tmp_path), time.time()
    assert stale_folders(root, now) == []
    for name in ("1-other-old", "2-other-young"):
        file = tmp_path / "_staging" / name / "000-rows" / "part.parquet"
        file.parent.mkdir(parents=True)
        file.touch()
        for one in (file, file.parent):
            os.utime(one, (now, now - (100 if "old" in name else 0)))
    assert stale_folders(root, now - 50) == [f"{root}/_staging/1-other-old"]
