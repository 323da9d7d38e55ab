import json
import os
import signal
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.launch import (
    Options,
    follow_jobs,
    job_of,
    project_folder,
    run_job,
)
from cdp_spark.settings import load
from cdp_spark.sources.settings import SourcesSettings
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.ops import RUN
from cdp_spark.tables.sample import sample
from tests.launch.test_job import DECLARED, copies


def test_a_run_is_recorded_and_logged_as_one_json_line(
    spark: SparkSession, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load(project_folder() / "conf")
    project = settings.project.model_copy(update={"lake": str(tmp_path)})
    settings = settings.model_copy(update={"project": project})
    job = job_of(copies, "copies", DECLARED)
    outcome = run_job(job, spark, settings, Options(date(2025, 1, 1), run_id="mine"))
    logged = json.loads(capsys.readouterr().err.strip())
    assert logged["run_id"] == outcome.run_id == "mine"
    assert logged["writes"]["gold.customer"]["inserted_count"] == 1


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
            copies(lake, settings)
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
