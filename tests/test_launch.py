import json
from datetime import date

import pytest
from pyspark.sql import SparkSession

from cdp_spark.lake import ContractBroken, Lake, LeaseHeld, TableMoved
from cdp_spark.launch import (
    Options,
    exit_code,
    job_named,
    job_of,
    project_folder,
    run_job,
    section_of,
)
from cdp_spark.settings import Settings, SettingsRefused, load
from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.settings import SourcesSettings
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.sample import sample

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
        with pytest.raises(SettingsRefused, match=r"jobs/copies\.py"):
            job_of(_copies, "copies", bad)


def test_an_unknown_job_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingsRefused, match="there are activate_audience, build_audiences"):
        job_named("ingest_event")


def test_a_job_gets_its_section_or_all_settings() -> None:
    settings = load(project_folder() / "conf")
    assert section_of(settings, SourcesSettings) is settings.sources
    assert section_of(settings, Settings) is settings


def test_each_foreseen_error_has_its_exit_code() -> None:
    errors = (SettingsRefused, ContractBroken, SourceUnreadable, LeaseHeld, TableMoved, KeyError)
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
