import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cdp_spark.lake import ContractBroken, Lake, LeaseHeld, TableMoved
from cdp_spark.launch import (
    Options,
    exit_code,
    follow_jobs,
    job_named,
    job_of,
    project_folder,
    rejected_files_sentence,
    rejected_sentence,
    run_job,
    section_of,
)
from cdp_spark.settings import Settings, SettingsInvalid, load
from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.settings import SourcesSettings
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.ops import RUN
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import REJECTED

DECLARED = """Does something.

Reads    gold.customer,
         gold.order
Writes   gold.customer
Purpose  operate
Rerun    safe.
"""


def _copies(lake: Lake, settings: SourcesSettings) -> None:
    assert settings.entries
    lake.merge(CUSTOMER, sample(lake.spark, CUSTOMER, {}))


def test_every_job_of_the_workflow_declares_what_it_reads_and_why() -> None:
    for name in load(project_folder() / "conf").project.workflow:
        job = job_named(name)
        assert job.purpose in ("operate", "analytics", "marketing")
        assert job.reads, name


def test_a_docstring_is_read_over_its_continued_lines() -> None:
    job = job_of(_copies, "copies", DECLARED)
    assert job.reads == ("gold.customer", "gold.order")
    assert (job.writes, job.purpose, job.settings) == (
        ("gold.customer",),
        "operate",
        SourcesSettings,
    )


def test_a_job_that_declares_an_unknown_table_or_purpose_is_refused() -> None:
    for bad in (DECLARED.replace("gold.order", "gold.ordre"), DECLARED.replace("operate", "fun")):
        with pytest.raises(SettingsInvalid, match=r"jobs/copies\.py"):
            job_of(_copies, "copies", bad)


def test_an_unknown_job_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingsInvalid, match="jobs are activate_audience, build_audiences"):
        job_named("ingest_event")


def test_a_job_gets_its_section_or_all_settings() -> None:
    settings = load(project_folder() / "conf")
    assert section_of(settings, SourcesSettings) is settings.sources
    assert section_of(settings, Settings) is settings


def test_each_foreseen_error_has_its_exit_code() -> None:
    errors = (SettingsInvalid, ContractBroken, SourceUnreadable, LeaseHeld, TableMoved, KeyError)
    assert [exit_code(error("x")) for error in errors] == [2, 3, 4, 75, 75, 1]


def test_a_run_is_recorded_and_logged_as_one_json_line(
    spark: SparkSession, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load(project_folder() / "conf")
    project = settings.project.model_copy(update={"lake": str(tmp_path)})
    settings = settings.model_copy(update={"project": project})
    job = job_of(_copies, "copies", DECLARED)
    outcome = run_job(job, spark, settings, Options(date(2025, 1, 1), run_id="mine"))
    logged = json.loads(capsys.readouterr().err.strip())
    assert logged["run_id"] == outcome.run_id == "mine"
    assert logged["writes"]["gold.customer"]["inserted_count"] == 1


def test_rejections_above_the_limit_come_with_their_reasons_and_the_next_step(
    spark: SparkSession, open_lake: Callable[..., Lake]
) -> None:
    lake = open_lake()
    reasons = ("missing_id", "missing_id", "bad_amount")
    rows = [
        {"record_id": str(number), "source": "web", "reason": reason, "is_replayed": False}
        for number, reason in enumerate(reasons)
    ]
    lake.append_once(REJECTED, sample(spark, REJECTED, *rows), "test", 1)
    sentence = rejected_sentence(open_lake(), 0.123, 0.05)
    assert "12.3% of the records were rejected, project.rejected_limit is 5.0%" in sentence
    assert "web missing_id 2, web bad_amount 1. See `cdp rejected`" in sentence


def test_files_rejected_whole_are_counted_by_source_and_reason() -> None:
    torn, empty = ({"source": "web", "reason": one} for one in ("broken_archive", "empty_file"))
    sentence = rejected_files_sentence([torn, empty, torn])
    assert "3 files were rejected whole: web broken_archive 2, web empty_file 1" in sentence
    assert "`cdp rejected --dismiss`" in sentence


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--follow", "1", "--dry-run"], "--follow: expected without"),
        (["--follow", "1", "--run-id", "mine"], "--follow: expected without"),
        (["--follow", "soon"], "invalid float value: 'soon'"),
    ],
)
def test_what_can_not_be_run_so_is_refused_before_anything_starts(
    arguments: list[str], message: str
) -> None:
    line = [sys.executable, str(project_folder() / "jobs" / "ingest_events.py"), *arguments]
    home = os.environ | {"PYTHONPATH": str(project_folder())}
    done = subprocess.run(line, env=home, capture_output=True, text=True, check=False)  # noqa: S603 - our own line
    assert done.returncode == 2
    assert message in done.stderr


def _reads(lake: Lake, settings: SourcesSettings) -> None:
    assert settings.entries
    lake.changes(CUSTOMER)


def test_followed_jobs_run_by_turns_and_idle_runs_are_logged_but_not_recorded(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load(project_folder() / "conf")
    project = settings.project.model_copy(update={"lake": str(tmp_path)})
    settings = settings.model_copy(update={"project": project})
    turns: list[str] = []

    def writes(lake: Lake, settings: SourcesSettings) -> None:
        turns.append(lake.run.run_id)
        if len(turns) in (1, 4):
            _copies(lake, settings)
            name = {"customer_id": f"c{len(turns)}"}
            lake.merge(CUSTOMER, sample(lake.spark, CUSTOMER, name))
        if len(turns) == 6:
            os.kill(os.getpid(), signal.SIGTERM)

    jobs = [job_of(writes, "writes", DECLARED), job_of(_reads, "reads", DECLARED)]
    follow_jobs(jobs, spark, settings, 0, date(2025, 1, 1))
    lines = [json.loads(line) for line in capsys.readouterr().err.strip().splitlines()]
    assert [line["job"] for line in lines] == ["writes", "reads"] * 6
    assert len({line["run_id"] for line in lines}) == 12
    busy = [place for place, line in enumerate(lines) if not line["is_idle"]]
    assert busy == [0, 1, 6, 7]
    recorded = spark.read.format("delta").load(f"{tmp_path}/ops/run").select(*RUN.columns)
    ids = {row["run_id"]: row["reads"] for row in recorded.collect()}
    assert set(ids) == {lines[place]["run_id"] for place in busy}
    rows = [lines[place]["reads"]["gold.customer"]["row_count"] for place in (1, 7)]
    assert rows == [2, 1]
    assert not [*(tmp_path / "_staging").iterdir()]
