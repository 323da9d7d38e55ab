import pytest

from cdp_spark.lake import Lake
from cdp_spark.launch import (
    job_named,
    job_of,
    project_folder,
    section_of,
)
from cdp_spark.settings import Settings, SettingsInvalid, load
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


def copies(lake: Lake, settings: SourcesSettings) -> None:
    assert settings.entries
    lake.merge(CUSTOMER, sample(lake.spark, CUSTOMER, {}))


def test_every_job_of_the_workflow_declares_what_it_reads_and_why() -> None:
    for name in load(project_folder() / "conf").project.workflow:
        job = job_named(name)
        assert job.purpose in ("operate", "analytics", "marketing")
        assert job.reads, name


def test_a_docstring_is_read_over_its_continued_lines() -> None:
    job = job_of(copies, "copies", DECLARED)
    assert job.reads == ("gold.customer", "gold.order")
    assert (job.writes, job.purpose, job.settings) == (
        ("gold.customer",),
        "operate",
        SourcesSettings,
    )


def test_a_job_that_declares_an_unknown_table_or_purpose_is_refused() -> None:
    for bad in (DECLARED.replace("gold.order", "gold.ordre"), DECLARED.replace("operate", "fun")):
        with pytest.raises(SettingsInvalid, match=r"jobs/copies\.py"):
            job_of(copies, "copies", bad)


def test_an_unknown_job_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingsInvalid, match="jobs are activate_audience, build_audiences"):
        job_named("ingest_event")


def test_a_job_gets_its_section_or_all_settings() -> None:
    settings = load(project_folder() / "conf")
    assert section_of(settings, SourcesSettings) is settings.sources
    assert section_of(settings, Settings) is settings
