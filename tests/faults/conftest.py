"""A shop's lake with two files, at three stages: each is built once, and copied to be disturbed."""

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cdp_spark.launch import Options, job_named, run_job
from tests.built import built_once
from tests.faults.dirt import Lines, good, group_calls
from tests.faults.shop import AS_OF, shop_settings
from tests.jobs.worlds import PROJECT, prepared

HALF = 300  # events of each of the two files
REPEATED = 10  # lines of the first that the second repeats


def land(root: Path, name: str, lines: Lines) -> None:
    """Put a file into the landing folder of a lake."""
    folder = root / "landing" / "web"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"\n".join(lines))


def _run(spark: SparkSession, root: Path, job: str) -> None:
    run_job(job_named(job, PROJECT), spark, shop_settings(root), Options(AS_OF))


@pytest.fixture(scope="session")
def waiting(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The records of one file are in bronze, and another file is to be taken."""

    def build(root: Path) -> None:
        first = [*good(HALF - 2), *group_calls(2)]
        land(prepared(root), "1.json", first)
        _run(spark, root, "ingest_events")
        land(root, "2.json", good(HALF, "later") + first[:REPEATED])

    return built_once(tmp_path_factory, "waiting", build)


@pytest.fixture(scope="session")
def bronze(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, waiting: Path) -> Path:
    """The same once both files are in bronze."""

    def build(root: Path) -> None:
        shutil.copytree(waiting, root)
        _run(spark, root, "ingest_events")

    return built_once(tmp_path_factory, "bronze", build)


@pytest.fixture(scope="session")
def clean(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, bronze: Path) -> Path:
    """The same once it is refined, without any fault."""

    def build(root: Path) -> None:
        shutil.copytree(bronze, root)
        _run(spark, root, "refine_events")

    return built_once(tmp_path_factory, "clean", build)
