from collections.abc import Callable
from pathlib import Path

from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.lake.fingerprint import content_hash
from cdp_spark.lake.storage import path_of, version_of
from cdp_spark.lake.upkeep.settings import MaintenanceSettings
from cdp_spark.launch import Options, job_named, run_job
from cdp_spark.settings import load
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.ops import RUN
from cdp_spark.tables.sample import sample
from jobs.maintain_tables import run

_PROJECT = Path(__file__).parents[2]


def _files(root: str) -> int:
    return len(list(Path(path_of(root, CUSTOMER)).glob("*.parquet")))


def test_the_job_maintains_every_table_and_a_rerun_finds_nothing_to_do(
    spark: SparkSession, open_lake: Callable[..., Lake]
) -> None:
    for name in "abc":
        open_lake().merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": name}))
    lake = open_lake("maintain_tables")
    before = content_hash(lake.read(CUSTOMER), CUSTOMER)
    settings = MaintenanceSettings(
        retention_hours=0, allow_short_retention=True, compact_above_files=2
    )
    run(lake, settings)
    version = version_of(lake.root, CUSTOMER)
    assert _files(lake.root) == 1
    run(open_lake("maintain_tables"), settings)
    assert version_of(lake.root, CUSTOMER) == version
    assert content_hash(open_lake().read(CUSTOMER), CUSTOMER) == before


def test_the_job_runs_with_the_settings_of_the_project_and_is_recorded(
    spark: SparkSession, open_lake: Callable[..., Lake]
) -> None:
    lake = open_lake()
    lake.merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "a"}))
    settings = load(_PROJECT / "conf")
    project = settings.project.model_copy(update={"lake": lake.root})
    there = settings.model_copy(update={"project": project})
    job = job_named("maintain_tables", _PROJECT)
    assert job.name not in settings.project.workflow
    assert (job.reads, job.writes, job.purpose) == ((RUN.name,), (RUN.name,), "operate")
    version = version_of(lake.root, CUSTOMER)
    run_job(job, spark, there, Options(is_dry=True))
    assert version_of(lake.root, RUN) == -1
    run_job(job, spark, there, Options())
    assert [row["job"] for row in open_lake().read(RUN).collect()] == ["maintain_tables"]
    assert version_of(lake.root, CUSTOMER) == version
