"""How many Spark jobs each step of the workflow needs, beside the reviewed budgets.yaml."""

from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from pyspark.sql import SparkSession

from cdp_spark.launch import Options, job_named, run_job
from cdp_spark.settings import Settings
from tests.budgets.counting import counting, land_more
from tests.jobs.worlds import PROJECT, delivered, prepared, small_settings

BUDGETS = yaml.safe_load((Path(__file__).parent / "budgets.yaml").read_text())


@pytest.fixture(scope="module")
def needed(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, int]]:
    """Step → its Spark jobs in a run with 100 new events, and in one that finds nothing new."""
    root = prepared(tmp_path_factory.mktemp("lake"))
    settings: Settings = small_settings(root, people=60, days=120)
    as_of = delivered(spark, settings) + timedelta(days=1)
    found: dict[str, dict[str, int]] = {name: {} for name in settings.project.workflow}
    for kind in ("first", "small", "idle"):
        if kind == "small":
            land_more(root, str(as_of - timedelta(days=1)))
        for name in settings.project.workflow:
            with counting(spark) as counted:
                run_job(job_named(name, PROJECT), spark, settings, Options(as_of))
            found[name][kind] = counted.jobs
    return found


def test_every_step_of_the_workflow_has_a_budget(needed: dict[str, dict[str, int]]) -> None:
    assert set(BUDGETS) == set(needed)


@pytest.mark.parametrize("kind", ["small", "idle"])
def test_no_step_needs_more_spark_jobs_than_its_budget(
    needed: dict[str, dict[str, int]], kind: str
) -> None:
    above = {
        name: f"{counts[kind]} jobs, at most {BUDGETS[name][kind]}"
        for name, counts in needed.items()
        if counts[kind] > BUDGETS[name][kind]
    }
    assert not above, needed


def test_all_steps_together_stay_within_three_hundred_and_ten(
    needed: dict[str, dict[str, int]],
) -> None:
    assert sum(counts["small"] for counts in needed.values()) <= 310, needed


def test_a_job_of_spark_is_counted(spark: SparkSession) -> None:
    with counting(spark) as counted:
        spark.range(10).count()
    assert counted.jobs >= 1
