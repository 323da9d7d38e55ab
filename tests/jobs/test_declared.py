"""What a job's docstring says it reads and writes is what it asks of the lake."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cdp_spark import launch
from cdp_spark.commands.deliver import deliver_world
from cdp_spark.features.settings import DaysSettings
from cdp_spark.lake import Lake
from cdp_spark.launch import Options, job_named, run_job
from cdp_spark.models.settings import ModelSettings, ModelsSettings, TreeSettings
from cdp_spark.settings import Settings, load

_PROJECT = Path(__file__).parents[2]
_TREES = TreeSettings(iterations=5, leaf_rows=2)
_PROPENSITY = ModelSettings(label="buys_14d", horizon_days=14, test_count=1, trees=_TREES)


def _settings(root: str) -> Settings:
    """The project's settings over a world small enough to run whole, but not to find no model."""
    base = load(_PROJECT / "conf")
    days = DaysSettings(every_days=14, count=3)
    changes = {
        "project": base.project.model_copy(update={"lake": root}),
        "world": base.world.model_copy(update={"people": 30, "days": 75, "visits": 80.0}),
        "features": base.features.model_copy(update={"days": days, "windows_days": (14,)}),
        "models": ModelsSettings(min_outcomes=2, specs={"propensity": _PROPENSITY}),
    }
    return base.model_copy(update=changes)


@pytest.mark.bench
def test_every_job_reads_and_writes_what_its_docstring_declares(
    spark: SparkSession,
    open_lake: Callable[..., Lake],
    recording_lake: type[Lake],
    noted: dict[str, tuple[set[str], set[str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lake = open_lake("deliver")
    settings = _settings(lake.root)
    last_on = deliver_world(lake, settings.world)
    monkeypatch.setattr(launch, "Lake", recording_lake)
    jobs = [job_named(name, _PROJECT) for name in settings.project.workflow]
    for job in jobs:
        run_job(job, spark, settings, Options(last_on + timedelta(days=1)))
        noted.setdefault(job.name, (set(), set()))
    assert {path.stem for path in (_PROJECT / "jobs").glob("*_*.py")} - {"__init__"} == {
        job.name for job in jobs
    }
    declared = {job.name: (set(job.reads), set(job.writes)) for job in jobs}
    assert noted == declared
