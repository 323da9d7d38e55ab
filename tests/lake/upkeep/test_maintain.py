import json
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import Append, Lake, LeaseHeld, Overwrite, commits
from cdp_spark.lake.fingerprint import content_hash
from cdp_spark.lake.leases import lease
from cdp_spark.lake.ledger import last_reads
from cdp_spark.lake.snapshot import snapshot_at
from cdp_spark.lake.storage import path_of, rows_by_delta, version_of
from cdp_spark.lake.upkeep import maintain as module
from cdp_spark.lake.upkeep.layout import layout_of
from cdp_spark.lake.upkeep.maintain import MaintainedTable, maintain
from cdp_spark.lake.upkeep.settings import MaintenanceSettings
from cdp_spark.tables import Table
from cdp_spark.tables.features import TRAIT
from cdp_spark.tables.gold import CUSTOMER, SCORE
from cdp_spark.tables.ops import RUN
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import SIGHTING

Opened = Callable[..., Lake]
_SHORT = {"retention_hours": 0, "allow_short_retention": True}
_TINY = {"small_file_bytes": 1000, "file_bytes": 2000, "cluster_above_bytes": 2000}
_BUCKETS = 64


def _settings(**values: Any) -> MaintenanceSettings:
    return MaintenanceSettings.model_validate(values)


def _steps(done: list[MaintainedTable]) -> dict[str, tuple[str, ...]]:
    return {one.table: one.steps for one in done}


def _maintained(
    open_lake: Opened, settings: MaintenanceSettings, *tables: Table
) -> dict[str, tuple[str, ...]]:
    return _steps(maintain(open_lake("maintain_tables"), tables, settings))


def _customers(spark: SparkSession, *numbers: int) -> DataFrame:
    return sample(spark, CUSTOMER, *[{"customer_id": f"c{number}"} for number in numbers])


def _sightings(spark: SparkSession, numbers: range) -> DataFrame:
    """As many rows of every bucket, with keys that do not compress well."""
    row = sample(spark, SIGHTING, {}).drop("event_key", "bucket")
    ids = spark.range(numbers.start, numbers.stop, 1, 1)
    keyed = ids.select(
        F.sha2(F.col("id").cast("string"), 256).alias("event_key"),
        (F.col("id") % _BUCKETS).cast(SIGHTING.schema["bucket"].dataType).alias("bucket"),
    )
    return keyed.crossJoin(row).select(*SIGHTING.columns)


def _files(root: str) -> set[str]:
    """Every file of the lake with its size and time of change; locks of leases left out."""
    found = (path for path in Path(root).rglob("*") if path.is_file())
    return {
        f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}"
        for path in found
        if "_leases" not in path.parts
    }


def _spark_jobs(spark: SparkSession, block: Callable[[], Any]) -> int:
    scheduler: Any = spark.sparkContext._jsc.sc().dagScheduler()  # noqa: SLF001
    before = scheduler.numTotalJobs()
    block()
    return int(scheduler.numTotalJobs() - before)


def _small_run(spark: SparkSession, open_lake: Opened, number: int) -> None:
    """One job adds a customer; another reads what is new, and all."""
    writer = open_lake("writer")
    writer.merge(CUSTOMER, _customers(spark, number))
    writer.finish(0.0)
    reader = open_lake("reader")
    assert [row["customer_id"] for row in reader.changes(CUSTOMER).collect()] == [f"c{number}"]
    assert reader.read(CUSTOMER).count() == number
    reader.finish(0.0)


def _appended(root: str, row: pa.Table) -> None:
    version = version_of(root, CUSTOMER)
    assert commits.append(root, CUSTOMER, row, ("writer", version + 1), version)


def test_after_a_hundred_runs_files_are_few_and_a_run_costs_what_the_third_did(
    spark: SparkSession, open_lake: Opened
) -> None:
    settings, root = _settings(**_SHORT, checkpoint_above_commits=10), open_lake().root
    for number in (1, 2):
        _small_run(spark, open_lake, number)
    third = _spark_jobs(spark, lambda: _small_run(spark, open_lake, 3))
    rows = _customers(spark, *range(4, 100)).toArrow()
    file_counts: list[int] = []
    done: list[str] = []
    for number in range(4, 100):
        _appended(root, rows.slice(number - 4, 1))
        file_counts.append(layout_of(spark, root, CUSTOMER, settings).file_count)
        if number % 20 == 0:
            done += _maintained(open_lake, settings, CUSTOMER)[CUSTOMER.name]
    reader = open_lake("reader")
    reader.changes(CUSTOMER)
    reader.finish(0.0)
    assert _spark_jobs(spark, lambda: _small_run(spark, open_lake, 100)) == third
    assert max(file_counts) <= settings.compact_above_files + 20
    assert set(done) == {"optimize", "checkpoint"}  # the reader still needs the old files
    _small_run(spark, open_lake, 101)
    (vacuum,) = [step for step in _maintained(open_lake, settings, CUSTOMER)[CUSTOMER.name]
                 if step.startswith("vacuum")]  # fmt: skip
    assert int(vacuum.split(" ")[1]) > 50


def _sightings_lake(spark: SparkSession, open_lake: Opened) -> str:
    for number in range(4):
        lake = open_lake("writer")
        lake.merge(SIGHTING, _sightings(spark, range(number * 256, number * 256 + 256)))
        lake.finish(0.0)
    return open_lake().root


def _scanned(spark: SparkSession, root: str, table: Table, predicate: str) -> tuple[int, int]:
    """How many files a predicate reads, of how many."""
    rows = rows_by_delta(spark, root, table, version_of(root, table))
    return len(rows.where(predicate).inputFiles()), len(rows.inputFiles())


def _used(spark: SparkSession, lake: Lake) -> list[Any]:
    """A merge, an append and an overwrite of a part, and what is read after each."""
    whole = lake.read(SIGHTING)
    later = whole.where("bucket < 3").withColumn("kind", F.lit("other"))
    found: list[Any] = [lake.is_unchanged_by_others(SIGHTING), content_hash(whole, SIGHTING)]
    new, scope = _sightings(spark, range(2000, 2050)), whole.where("bucket = 9")
    lake.merge(SIGHTING, lake.materialize("later", later))
    lake.publish({SIGHTING: Append(new, otherwise=new)})
    gone = Overwrite(scope.limit(0), scope.select("bucket"))
    lake.publish({SIGHTING: gone})
    lake.finish(0.0)
    after = Lake(spark, lake.root, lake.run)
    found += [content_hash(after.read(SIGHTING), SIGHTING), after.read(SIGHTING).count()]
    return found


def test_a_large_table_is_clustered_skips_files_and_works_as_before(
    spark: SparkSession, open_lake: Opened, tmp_path: Path
) -> None:
    root = _sightings_lake(spark, open_lake)
    reader = open_lake("reader")
    reader.changes(SIGHTING)
    reader.finish(0.0)
    shutil.copytree(root, tmp_path / "unmaintained")
    assert _scanned(spark, root, SIGHTING, "bucket = 3") == (4, 4)
    done = _maintained(open_lake, _settings(**_TINY), SIGHTING)
    assert done == {SIGHTING.name: ("cluster by bucket", "optimize")}
    read, count = _scanned(spark, root, SIGHTING, "bucket = 3")
    assert read <= count / 4
    assert open_lake("writer").is_unchanged_by_others(SIGHTING)
    assert open_lake("reader").changes(SIGHTING).count() == 0

    used = [
        _used(spark, Lake(spark, folder, open_lake("writer").run))
        for folder in (root, str(tmp_path / "unmaintained"))
    ]
    assert used[0] == used[1]
    assert used[0][0] is True
    changed = open_lake("reader").changes(SIGHTING)
    whole = Lake(spark, str(tmp_path / "unmaintained"), open_lake("reader").run).changes(SIGHTING)
    assert content_hash(changed, SIGHTING) == content_hash(whole, SIGHTING)


def test_only_new_files_are_clustered_and_then_nothing_is_due(
    spark: SparkSession, open_lake: Opened
) -> None:
    root, settings = _sightings_lake(spark, open_lake), _settings(**_TINY)
    _maintained(open_lake, settings, SIGHTING)
    first = snapshot_at(path_of(root, SIGHTING), version_of(root, SIGHTING))
    assert _maintained(open_lake, settings, SIGHTING) == {SIGHTING.name: ()}
    open_lake().merge(SIGHTING, _sightings(spark, range(5000, 5256)))
    assert _maintained(open_lake, settings, SIGHTING) == {SIGHTING.name: ("optimize",)}
    second = snapshot_at(path_of(root, SIGHTING), version_of(root, SIGHTING))
    assert first is not None
    assert second is not None
    assert set(first.files) & set(second.files)
    assert _maintained(open_lake, settings, SIGHTING) == {SIGHTING.name: ()}


def test_merge_tables_get_deletion_vectors_with_clustering_and_gold_never(
    spark: SparkSession, open_lake: Opened
) -> None:
    for table in (TRAIT, SCORE):
        open_lake().merge(table, sample(spark, table, {"customer_id": "a"}, {"customer_id": "b"}))
    tiny = _settings(small_file_bytes=1, file_bytes=2, cluster_above_bytes=2)
    done = _maintained(open_lake, tiny, TRAIT, SCORE)
    assert done == {
        TRAIT.name: ("cluster by as_of_on", "enable deletion vectors", "optimize"),
        SCORE.name: ("cluster by as_of_on", "optimize"),
    }
    root = open_lake().root
    found = {
        table: snapshot_at(path_of(root, table), version_of(root, table))
        for table in (TRAIT, SCORE)
    }
    plain = {table: one.is_plain for table, one in found.items() if one is not None}
    assert plain == {TRAIT: False, SCORE: True}
    lake = open_lake()
    lake.publish({TRAIT: Overwrite(lake.read(TRAIT).where("customer_id = 'a'"))})
    assert [row["customer_id"] for row in open_lake().read(TRAIT).collect()] == ["a"]
    assert _maintained(open_lake, tiny, TRAIT)[TRAIT.name] == ()


def test_vacuum_keeps_what_a_job_has_still_to_read(spark: SparkSession, open_lake: Opened) -> None:
    settings = _settings(**_SHORT)

    def followed(job: str) -> int:
        lake = open_lake(job)
        count = lake.changes(CUSTOMER).count()
        lake.finish(0.0)
        return count

    open_lake().merge(CUSTOMER, _customers(spark, 1, 2))
    assert followed("slow") == 2
    for city in "xyz":
        open_lake().merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "c1", "city": city}))
    assert _maintained(open_lake, settings, CUSTOMER) == {CUSTOMER.name: ()}
    assert followed("slow") == 6  # three updates: what was there, and what replaced it
    (step,) = _maintained(open_lake, settings, CUSTOMER)[CUSTOMER.name]
    assert step.startswith("vacuum")
    assert open_lake().read(CUSTOMER).count() == 2


def test_a_job_that_is_a_week_behind_stops_the_vacuum_of_its_table(
    spark: SparkSession, open_lake: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_lake().merge(CUSTOMER, _customers(spark, 1))
    lake = open_lake("slow")
    lake.changes(CUSTOMER)
    lake.finish(0.0)
    open_lake().merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "c1", "city": "x"}))
    later = time.time() + 8 * 86_400
    monkeypatch.setattr("cdp_spark.lake.upkeep.retention.time.time", lambda: later)
    monkeypatch.setattr(module, "lease", lambda *_, **__: lease("s3://none", "", ""))
    done = _maintained(open_lake, _settings(), CUSTOMER)
    assert done == {CUSTOMER.name: ("no vacuum: slow has not read the table for a week",)}


def _due_everywhere(spark: SparkSession, open_lake: Opened) -> MaintenanceSettings:
    """A lake in which every step is due, and the settings that say so."""
    for number in range(4):
        open_lake().merge(CUSTOMER, _customers(spark, number))
    open_lake().merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "c0", "city": "x"}))
    _sightings_lake(spark, open_lake)
    for job in ("first", "second", "first"):
        lake = open_lake(job)
        lake.changes(CUSTOMER)
        lake.finish(0.0)
    sizes = {"small_file_bytes": 8000, "file_bytes": 16_000, "cluster_above_bytes": 16_000}
    return _settings(**_SHORT, **sizes, compact_above_files=2, checkpoint_above_commits=2)


def test_a_dry_run_lists_what_is_due_and_changes_nothing_and_a_second_run_is_idle(
    spark: SparkSession, open_lake: Opened, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, tables = _due_everywhere(spark, open_lake), (CUSTOMER, SIGHTING, RUN)
    lake = open_lake("maintain_tables")
    object.__setattr__(lake.run, "started_at", lake.run.started_at + timedelta(days=500))
    root, before = lake.root, {job: last_reads(lake.root, job) for job in ("first", "second")}
    hashes = {one: content_hash(lake.read(one), one) for one in (CUSTOMER, SIGHTING)}
    files = _files(root)
    object.__setattr__(lake.run, "is_dry", True)
    capsys.readouterr()
    planned = _steps(maintain(lake, tables, settings))
    assert _files(root) == files
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line[0] == "{"]
    assert {line["table"]: tuple(line["steps"]) for line in lines} == planned
    object.__setattr__(lake.run, "is_dry", False)
    done = _steps(maintain(lake, tables, settings))
    kinds = {table: [step.split(" ")[0] for step in steps] for table, steps in done.items()}
    assert kinds == {
        CUSTOMER.name: ["optimize", "vacuum", "checkpoint"],
        SIGHTING.name: ["cluster", "optimize", "vacuum", "checkpoint"],
        RUN.name: ["delete", "optimize", "vacuum", "checkpoint"],
    }
    assert {table: steps[0] for table, steps in planned.items()} == {
        table: steps[0] for table, steps in done.items()
    }
    assert {job: last_reads(root, job) for job in before} == before
    files = _files(root)
    assert set(_steps(maintain(lake, tables, settings)).values()) == {()}
    assert _files(root) == files
    fresh = open_lake()
    assert {one: content_hash(fresh.read(one), one) for one in hashes} == hashes


def test_a_table_that_another_run_holds_is_left_and_the_others_are_maintained(
    spark: SparkSession, open_lake: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    for table in (CUSTOMER, TRAIT):
        for name in "abc":
            open_lake().merge(table, sample(spark, table, {"customer_id": name}))

    def impatient(root: str, table: str, run_id: str, **named: Any) -> Any:
        return lease(root, table, run_id, wait_seconds=0.0, **named)

    monkeypatch.setattr(module, "lease", impatient)
    lake, settings = open_lake("maintain_tables"), _settings(compact_above_files=2)
    with (
        lease(lake.root, TRAIT.name, "another"),
        pytest.raises(LeaseHeld, match=r"1 tables .*features\.trait: run another"),
    ):
        maintain(lake, [TRAIT, CUSTOMER], settings)
    counts = [layout_of(spark, lake.root, one, settings).file_count for one in (TRAIT, CUSTOMER)]
    assert counts == [3, 1]
