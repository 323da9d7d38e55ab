"""One Spark session for the whole run, and a lake of its own for each test that asks."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cdp_spark.lake import Lake, Run
from cdp_spark.lake.session import session
from tests.faults.evidence import evidence as evidence
from tests.faults.evidence import pytest_runtest_makereport as pytest_runtest_makereport
from tests.tiers import tier_of

PROJECT = Path(__file__).resolve().parents[1]
AS_OF = date(2025, 1, 31)
NUMBERS = count()


_LONG = (
    "test_halts.py",
    "test_workflow.py",
    "test_processes.py",
    "test_runs.py",
    "test_notebooks.py",
    "test_cluster.py",
    "test_found_people.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test its tier; the longest files first, so that no worker waits at the end."""
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        fixtures = getattr(item, "fixturenames", ())
        tier = tier_of(item.path.relative_to(PROJECT / "tests"), fixtures, marks)
        if tier not in marks:
            item.add_marker(tier)

    def rank(item: pytest.Item) -> int:
        name = item.path.name
        return _LONG.index(name) if name in _LONG else len(_LONG) + ("jobs" not in item.path.parts)

    items.sort(key=rank)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    scratch = tmp_path_factory.mktemp("spark")
    running = session(
        PROJECT,
        spark__master="local[2]",
        spark__driver__memory="3g",
        spark__sql__shuffle__partitions="2",
        # Compiling a plan costs more than running it on a few rows. The cluster of tests/jobs runs
        # compiled. The JVM itself lives long enough for its full compiler to pay.
        spark__driver__extraJavaOptions="-XX:+UseSerialGC -XX:ReservedCodeCacheSize=256m",
        spark__cdp__interpretedBytes="-1",
        spark__sql__codegen__wholeStage="false",
        spark__sql__codegen__factoryMode="NO_CODEGEN",
        spark__sql__warehouse__dir=str(scratch / "warehouse"),
    )
    running.sparkContext.setCheckpointDir(str(scratch / "checkpoints"))
    yield running
    running.stop()


@pytest.fixture
def open_lake(spark: SparkSession, tmp_path: Path) -> Callable[..., Lake]:
    """A lake in a folder of the test's own; each call is another run on it."""

    def opened(job: str = "a_job", purpose: str = "operate", as_of: date = AS_OF) -> Lake:
        run = Run(job, f"{job}-{next(NUMBERS)}", purpose, as_of, datetime.now(tz=UTC))  # noqa: TID251
        return Lake(spark, str(tmp_path / "lake"), run)

    return opened


@pytest.fixture
def lake(open_lake: Callable[..., Lake]) -> Lake:
    """One run on a lake of the test's own."""
    return open_lake()
