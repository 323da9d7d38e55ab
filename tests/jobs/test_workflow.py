"""The whole workflow over one small world: a day further, without its memory, and at once."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import Lake
from cdp_spark.launch import DONE, REJECTIONS, Options, Outcome, job_named, run, run_job
from cdp_spark.settings import Settings
from cdp_spark.tables import Table
from cdp_spark.tables.bronze import DELIVERY_CHECK, RECORD
from cdp_spark.tables.gold import ACCOUNT, ACCOUNT_MEMBER, ACTIVITY, CUSTOMER, SCORE
from cdp_spark.tables.identity import LINEAGE, LINK
from cdp_spark.tables.silver import EVENT, QUALITY, REJECTED, SHAPE, SIGHTING
from tests.budgets.counting import counting, land_more
from tests.jobs.conftest import Noted
from tests.jobs.worlds import (
    PROJECT,
    Hashes,
    comparable_rows,
    delivered,
    hashes,
    lake_of,
    prepared,
    run_all,
    small_settings,
    stored_tables,
    written,
)

_DAY = timedelta(days=1)
# Names and hashes made of customer ids, which follow the order in which people became known.
_OF_IDS = ("session_id", "payload_hash")
_BY_BATCH = (QUALITY, SHAPE)
_BUDGETS = yaml.safe_load((PROJECT / "tests" / "budgets" / "budgets.yaml").read_text())


@dataclass(frozen=True)
class Stage:
    """The lake after some runs, and what these did."""

    settings: Settings
    root: Path
    as_of: date
    outcomes: dict[str, Outcome]
    hashes: Hashes


@pytest.fixture(scope="module")
def watched(recording_lake: type[Lake]) -> Iterator[None]:
    """Every job of this module is given a lake that records how it is used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "Lake", recording_lake)
        yield


@pytest.fixture(scope="module")
def built(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, watched: None) -> Stage:
    """A world's first days, taken by every job of the workflow."""
    del watched
    root = prepared(tmp_path_factory.mktemp("lake"))
    settings = small_settings(root, people=60, days=120)
    as_of = delivered(spark, settings) + _DAY
    outcomes = run_all(spark, settings, Options(as_of))
    return Stage(settings, root, as_of, outcomes, hashes(spark, root, as_of))


@dataclass(frozen=True)
class NextDay:
    """A further day: what dry runs foresaw and left in the folder, and what the runs then did."""

    stage: Stage
    planned: dict[str, Outcome]
    left_behind: dict[str, set[str]]


@pytest.fixture(scope="module")
def next_day(spark: SparkSession, built: Stage) -> NextDay:
    """The next delivery, taken by every job, each of which ran dry before."""
    settings, root = built.settings, built.root
    as_of = delivered(spark, settings) + _DAY
    planned, left_behind, outcomes = {}, {}, {}
    for name in settings.project.workflow:
        job, before = job_named(name, PROJECT), _files(root)
        planned[name] = run_job(job, spark, settings, Options(as_of, is_dry=True))
        left_behind[name] = _files(root) ^ before
        outcomes[name] = run_job(job, spark, settings, Options(as_of))
    stage = Stage(settings, root, as_of, outcomes, hashes(spark, root, as_of))
    return NextDay(stage, planned, left_behind)


@pytest.fixture(scope="module")
def needed(
    spark: SparkSession, next_day: NextDay, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, int]]:
    """Step → its Spark jobs in a run with 100 new events, and in one that finds nothing new.

    On a copy of the lake: the tests below go on with the lake as it is.
    """
    stage = next_day.stage
    root = tmp_path_factory.mktemp("copy") / "lake"
    shutil.copytree(stage.root, root)
    project = stage.settings.project.model_copy(update={"lake": str(root)})
    settings = stage.settings.model_copy(update={"project": project})
    land_more(root, str(stage.as_of - _DAY))
    found: dict[str, dict[str, int]] = {name: {} for name in settings.project.workflow}
    for kind in ("small", "idle"):
        for name in settings.project.workflow:
            with counting(spark) as counted:
                run_job(job_named(name, PROJECT), spark, settings, Options(stage.as_of))
            found[name][kind] = counted.jobs
    return found


def _run_again(spark: SparkSession, stage: Stage) -> Stage:
    outcomes = run_all(spark, stage.settings, Options(stage.as_of))
    found = hashes(spark, stage.root, stage.as_of)
    return Stage(stage.settings, stage.root, stage.as_of, outcomes, found)


@pytest.fixture(scope="module")
def again(spark: SparkSession, next_day: NextDay) -> Stage:
    """Every job once more."""
    return _run_again(spark, next_day.stage)


@pytest.fixture(scope="module")
def forgotten(spark: SparkSession, next_day: NextDay) -> Stage:
    """Every job once more, after the ledger of runs was lost: every job reads everything."""
    shutil.rmtree(next_day.stage.root / "ops")
    return _run_again(spark, next_day.stage)


@pytest.fixture(scope="module")
def rebuilt(
    spark: SparkSession, next_day: NextDay, tmp_path_factory: pytest.TempPathFactory
) -> Stage:
    """A second lake with the same key and models, to which all files came at once."""
    first = next_day.stage
    root = prepared(tmp_path_factory.mktemp("rebuilt"))
    shutil.copytree(first.root / "landing", root / "landing")
    tracking = first.settings.tracking.model_copy(
        update={
            "uri": f"sqlite:///{first.root}/mlflow.db",
            "artifacts": (first.root / "mlflow-artifacts").as_uri(),
        }
    )
    project = first.settings.project.model_copy(update={"lake": str(root)})
    settings = first.settings.model_copy(update={"project": project, "tracking": tracking})
    without = ("train_model", "build_reports")
    outcomes = run_all(spark, settings, Options(first.as_of), without)
    return Stage(settings, root, first.as_of, outcomes, {})


def _files(root: Path) -> set[str]:
    """Every file of the lake with its size and time of change.

    Left out are locks of leases, and the note that MLflow makes beside a model it loads.
    """
    passing = {"_leases", "registered_model_meta"}
    found = (path for path in root.rglob("*") if path.is_file() and not passing & {*path.parts})
    return {f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in found}


def test_the_workflow_fills_every_table(built: Stage) -> None:
    filled = {name for name, (count, _) in built.hashes.items() if count}
    made_by_jobs = {name for job in built.outcomes for name in job_named(job, PROJECT).writes}
    # The simulated people are members of no account.
    assert filled == made_by_jobs - {ACCOUNT.name, ACCOUNT_MEMBER.name}
    assert {outcome.code for outcome in built.outcomes.values()} == {DONE}


def test_a_dry_run_writes_nothing_and_foresees_what_the_run_writes(next_day: NextDay) -> None:
    assert not set().union(*next_day.left_behind.values())
    for name, outcome in next_day.stage.outcomes.items():
        # Records are read, and deliveries checked, only of files that are written down.
        counted = {table: _changed(entry) for table, entry in outcome.writes.items()}
        for table in (RECORD, DELIVERY_CHECK):
            counted.pop(table.name, None)
        planned = next_day.planned[name].writes
        assert {table: _changed(entry) for table, entry in planned.items()} == counted


def _changed(entry: dict[str, Any]) -> list[int]:
    return [entry[f"{what}_count"] for what in ("inserted", "updated", "deleted")]


def test_the_next_day_is_read_from_the_change_feeds_and_writes_little(next_day: NextDay) -> None:
    outcomes = next_day.stage.outcomes
    taken = outcomes["ingest_events"].writes[RECORD.name]["inserted_count"]
    totals = {name: count for name, (count, _) in next_day.stage.hashes.items()}
    for job, table in (
        ("refine_events", RECORD),
        ("build_customers", SIGHTING),
        ("build_customers", LINK),
        ("build_features", ACTIVITY),
    ):
        entry = outcomes[job].reads[table.name]
        assert entry["mode"] in ("changes", "both"), (job, table.name)
        assert 0 < entry["row_count"] < totals[table.name] / 4, (job, table.name)
    assert outcomes["refine_events"].reads[RECORD.name]["row_count"] == taken
    changed = written(outcomes)
    for table in (EVENT, SIGHTING, LINK, ACTIVITY, CUSTOMER):
        assert 0 < changed[table.name] < totals[table.name] / 4, table.name


@pytest.mark.parametrize("kind", ["small", "idle"])
def test_no_step_needs_more_spark_jobs_than_its_budget(
    needed: dict[str, dict[str, int]], kind: str
) -> None:
    assert set(_BUDGETS) == set(needed)
    above = {
        name: f"{counts[kind]} jobs, at most {_BUDGETS[name][kind]}"
        for name, counts in needed.items()
        if counts[kind] > _BUDGETS[name][kind]
    }
    assert not above, needed


def test_all_steps_together_stay_within_three_hundred_and_ten(
    needed: dict[str, dict[str, int]],
) -> None:
    assert sum(counts["small"] for counts in needed.values()) <= 310, needed
    assert all(counts["small"] for counts in needed.values()), needed


def test_every_job_reads_and_writes_what_its_docstring_declares(
    noted: Noted, next_day: NextDay, forgotten: Stage
) -> None:
    """Over a run with new rows, and one that has to compare them with what is stored."""
    del forgotten
    jobs = [job_named(name, PROJECT) for name in next_day.stage.settings.project.workflow]
    files = {path.stem for path in PROJECT.glob("jobs/*.py")} - {"__init__", "maintain_tables"}
    assert {job.name for job in jobs} == files
    declared = {job.name: (set(job.reads), set(job.writes)) for job in jobs}
    # Read where a source is a list that is delivered again: tests/bronze/test_snapshots.
    declared["ingest_events"][0].discard(RECORD.name)
    # Written where events name accounts: tests/gold/test_accounts.
    declared["build_customers"][1].difference_update({ACCOUNT.name, ACCOUNT_MEMBER.name})
    assert {name: noted.get(name, (set(), set())) for name in declared} == declared


@pytest.mark.soak  # each job's own test runs it twice as well
def test_running_every_job_twice_changes_no_table(next_day: NextDay, again: Stage) -> None:
    assert again.hashes == next_day.stage.hashes
    assert set(written(again.outcomes).values()) == {0}


def test_running_every_job_again_without_the_ledger_of_runs_changes_no_table(
    next_day: NextDay, forgotten: Stage
) -> None:
    assert forgotten.hashes == next_day.stage.hashes
    assert set(written(forgotten.outcomes).values()) == {0}
    assert forgotten.outcomes["refine_events"].reads[RECORD.name]["mode"] == "whole"


def _tables_of_both(next_day: NextDay, rebuilt: Stage) -> Iterator[Table]:
    ours, theirs = stored_tables(next_day.stage.root), stored_tables(rebuilt.root)
    assert ours == theirs
    # The history of ids depends on the runs of a lake, which differ between the two.
    return (table for table in ours if table not in (LINEAGE, LINK, DELIVERY_CHECK, *_BY_BATCH))


def test_a_day_taken_by_itself_gives_what_all_days_at_once_give(
    spark: SparkSession, next_day: NextDay, rebuilt: Stage
) -> None:
    as_of = rebuilt.as_of
    lakes = [lake_of(spark, stage.root, as_of) for stage in (next_day.stage, rebuilt)]
    for table in _tables_of_both(next_day, rebuilt):
        stepwise, whole = (comparable_rows(lake, table, _OF_IDS) for lake in lakes)
        if "as_of_on" in table.key:
            # The stepwise lake also keeps the snapshots of the day before.
            days = {line.split('"as_of_on":"')[1][:10] for line in whole}
            stepwise = [line for line in stepwise if line.split('"as_of_on":"')[1][:10] in days]
        assert stepwise == whole, table.name
    for table in _BY_BATCH:
        # A warning has rows in the batches where it occurs; how many events were checked depends on
        # the batches.
        mine, theirs = (_over_batches(lake, table) for lake in lakes)
        assert mine == theirs, table.name
    links = [lake.read(LINK).where("recorded_to is null") for lake in lakes]
    people = [_partition(rows) for rows in links]
    assert people[0] == people[1]
    assert lakes[1].read(SCORE).where(F.col("as_of_on") == F.lit(as_of)).count()


def _over_batches(lake: Lake, table: Table) -> set[Row]:
    """Counts of a table with rows per batch, over all batches."""
    key = [name for name in table.key if name != "batch"]
    counted = [name for name in table.columns if name.endswith("_count")]
    counts = [F.sum(name).alias(name) for name in counted if name != "checked_count"]
    return set(lake.read(table).groupBy(*key).agg(*counts).collect())


def _partition(links: DataFrame) -> set[frozenset[str]]:
    """The identifiers of each customer, whatever the customer is called."""
    groups = links.groupBy("customer_id").agg(F.collect_set("identifier_key").alias("keys"))
    return {frozenset(row["keys"]) for row in groups.collect()}


def _land(root: Path, lines: list[str]) -> None:
    folder = root / "landing" / "web"
    folder.mkdir(parents=True)
    (folder / "lines.json").write_text("".join(f"{line}\n" for line in lines))


def test_rejections_above_the_limit_give_an_exit_code_of_their_own(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = prepared(tmp_path / "lake")
    moment = "2025-01-31T10:00:00Z"
    whole = [
        f'{{"messageId":"m{n}","type":"page","anonymousId":"a","receivedAt":"{moment}"}}'
        for n in range(19)
    ]
    _land(root, [*whole, "{"])
    settings = small_settings(root, people=1, days=30)
    assert settings.project.rejected_limit == 0.05
    project = settings.project.model_copy(update={"rejected_limit": 0.049})
    strict = settings.model_copy(update={"project": project})
    refine, day = job_named("refine_events", PROJECT), date(2025, 2, 1)
    run_job(job_named("ingest_events", PROJECT), spark, settings, Options(day))
    planned = run_job(refine, spark, strict, Options(day, is_dry=True))
    assert "5.0% of the records were rejected, project.rejected_limit is 4.9%" in (
        capsys.readouterr().err
    )
    outcome = run_job(refine, spark, settings, Options(day))
    assert outcome.writes[REJECTED.name]["inserted_count"] == 1
    assert (planned.code, outcome.code) == (REJECTIONS, DONE)
