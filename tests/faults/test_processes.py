"""Processes that die, stand still or find the disk full in the middle of a run.

A driver with a cluster of two hosts takes a file into bronze and is disturbed while it writes. Each
run ends, or is run again, as one that was not disturbed: bronze holds the same rows. What the run
took that met the most, killed and run again while its JVM still wrote, is also refined.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP

import psutil
import pytest
from pyspark.sql import SparkSession

from cdp_spark.lake.storage import path_of, version_of
from cdp_spark.launch import DONE, TRY_AGAIN, Options, exit_code, job_named, run_job
from cdp_spark.tables.bronze import RECORD
from tests.faults.conftest import HALF, REPEATED
from tests.faults.dirt import PERSON
from tests.faults.invariants import kept_invariants, kept_secret
from tests.faults.processes import (
    Driver,
    caught,
    files_of,
    is_gone,
    limit_files,
    open_files,
    wait_until,
)
from tests.faults.shop import AS_OF, shop_settings
from tests.jobs.worlds import PROJECT, hashes, lake_of

pytestmark = pytest.mark.cluster

_INGEST = "ingest_events"
# Bytes: no data file of HALF the records is as small, and nothing else that is written as large.
_SMALLER = 9000
_HOSTS = 2


def _run(spark: SparkSession, root: Path, *jobs: str) -> None:
    for job in jobs:
        run_job(job_named(job, PROJECT), spark, shop_settings(root), Options(AS_OF))


@dataclass(frozen=True)
class Case:
    """A lake to be disturbed while it takes a file, and how it must end."""

    spark: SparkSession
    root: Path
    bronze: Path
    tell: Callable[[str], None]

    def ingest(self) -> None:
        """Take the file in this process, undisturbed."""
        _run(self.spark, self.root, _INGEST)

    def version(self) -> int:
        """The version bronze.record is at."""
        return version_of(str(self.root), RECORD)

    def is_new(self) -> Callable[[str], bool]:
        """Whether a path is a data file of bronze.record that is not there yet."""
        there = set(self.data_files())
        folder = path_of(str(self.root), RECORD)
        return lambda path: (
            path.startswith(folder) and path.endswith(".parquet") and path not in there
        )

    def data_files(self) -> list[str]:
        """Paths of the data files that lie in the folder of bronze.record."""
        return [str(path) for path in Path(path_of(str(self.root), RECORD)).rglob("*.parquet")]

    def ended_as_undisturbed(self, log: str) -> None:
        """Fails where bronze is not what the undisturbed run made it."""
        kept_secret(self.root, PERSON, log)
        found, wanted = (hashes(self.spark, one, AS_OF) for one in (self.root, self.bronze))
        assert found == wanted, "I3"
        rows = found[RECORD.name][0]
        self.tell(f"{rows} records; all tables equal to the clean run's")

    def refined_as(self, clean: Path) -> None:
        """Fails where it is not refined to what the undisturbed one is refined to."""
        _run(self.spark, self.root, "refine_events")
        shares = kept_invariants(lake_of(self.spark, self.root, AS_OF), PERSON)["web"]
        assert (shares.accepted, shares.duplicate) == (2 * HALF, REPEATED)
        found, wanted = (hashes(self.spark, one, AS_OF) for one in (self.root, clean))
        assert found == wanted, "I3"
        self.tell(f"refined: {shares}; all tables equal to the clean run's")


@pytest.fixture
def case(
    spark: SparkSession,
    waiting: Path,
    bronze: Path,
    tmp_path: Path,
    evidence: Callable[[str], None],
) -> Case:
    return Case(spark, shutil.copytree(waiting, tmp_path / "lake"), bronze, evidence)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Driver]]:
    """Gives a driver that is there; another one after one that was killed."""
    started: list[Driver] = []

    def ready() -> Driver:
        if not started or started[-1].process.poll() is not None:
            started.append(Driver(tmp_path_factory.mktemp("driver")))
        return started[-1].ready()

    yield ready
    for driver in started:
        driver.kill()


def _new_shuffle(driver: Driver) -> Callable[[str], bool]:
    """Whether a path is a file of a shuffle that is not there yet."""
    there = {path for pid in driver.executors() for path in files_of(pid)}
    return lambda path: "/blockmgr-" in path and "shuffle_" in path and path not in there


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Driver]:
    """A driver that gives up an executor that has not been heard of for half a minute.

    The input of a twin may be on the host of the slow task, which does not answer.
    """
    patience = {"timeout": "30s", "timeoutInterval": "5s"}
    timeouts = {f"spark__network__{name}": value for name, value in patience.items()}
    driver = Driver(tmp_path, spark__executor__heartbeatInterval="5s", **timeouts)
    yield driver
    driver.kill()


@pytest.mark.fault("R7", "of a slow task and its twin one is taken, also when the slow one goes on")
def test_of_a_task_and_its_twin_one_is_taken(impatient: Driver, case: Case) -> None:
    driver, is_new, before = impatient.ready(), case.is_new(), case.version()
    wait_until(lambda: len(driver.executors()) == _HOSTS)  # a twin runs on another host
    driver.begin(_INGEST, case.root)
    slow = caught(driver.executors, is_new)
    os.kill(slow, SIGSTOP)
    try:
        wait_until(lambda: case.version() > before)
        fate = "was given up" if slow not in driver.executors() else "was still waited for"
        case.tell(f"committed while the process that had begun a data file was stopped; it {fate}")
    finally:
        with suppress(ProcessLookupError):
            os.kill(slow, SIGCONT)
    ended = driver.end()
    assert ended.code == DONE, ended.fault
    wait_until(lambda: not any(path.startswith(str(case.root)) for path in open_files(slow)))
    case.tell("let go on, or gone, it holds no file of the lake open any more")
    case.ended_as_undisturbed(driver.logged())


@pytest.mark.fault("R6", "an executor that dies, in a shuffle or while it writes a data file, is "
                   "made up for: one copy of each row")  # fmt: skip
def test_a_run_outlives_its_executors(start: Callable[[], Driver], case: Case) -> None:
    driver, is_new = start(), case.is_new()
    wait_until(lambda: len(driver.executors()) == _HOSTS)
    is_shuffle = _new_shuffle(driver)
    driver.begin(_INGEST, case.root)
    for is_wanted in (is_shuffle, is_new):
        os.kill(caught(driver.executors, is_wanted), SIGKILL)
    ended, log = driver.end(), driver.logged()
    assert ended.code == DONE, ended.fault
    assert log.count("Lost executor") == 2
    case.tell("one killed in a shuffle, one with a data file half written; exit code 0")
    case.ended_as_undisturbed(log)


def _warm(driver: Driver, case: Case) -> Driver:
    """The driver once each of its executors has what it unpacks at its first task.

    One that can't unpack its native libraries is of no use ever after.
    """
    wait_until(lambda: len(driver.executors()) == _HOSTS)
    driver.begin(_INGEST, shutil.copytree(case.root, case.root.with_name("other")))
    assert driver.end().code == DONE
    return driver


@pytest.mark.fault("R8", "on a full disk a run fails loudly and leaves its table as it was; run "
                   "again it ends as if nothing had been")  # fmt: skip
def test_a_run_fails_loudly_on_a_full_disk(start: Callable[[], Driver], case: Case) -> None:
    driver, is_new, before = _warm(start(), case), case.is_new(), case.version()
    is_shuffle = _new_shuffle(driver)
    for place in ("shuffle", "data files", "_delta_log"):
        writers = [driver.jvm] if place == "_delta_log" else driver.executors()
        if place == "data files":
            limit_files(writers, _SMALLER)
        driver.begin(_INGEST, case.root)
        if place == "shuffle":
            caught(driver.executors, is_shuffle)
        if place == "_delta_log":
            wait_until(lambda: any(map(is_new, case.data_files())))
        if place != "data files":
            limit_files(writers, 1)
        try:
            ended = driver.end()
        finally:
            limit_files(writers)
        assert ended.code not in (DONE, TRY_AGAIN), place
        assert "File too large" in ended.fault, place
        assert case.version() == before, place
        case.tell(f"{place}: exit code {ended.code}, {RECORD.name} still at version {before}")
    driver.kill()
    case.ingest()
    case.ended_as_undisturbed(driver.logged())


@pytest.mark.fault("R5", "Python is killed while its JVM writes and lives on; run again at once, "
                   "nothing is doubled")  # fmt: skip
def test_a_run_started_while_the_killed_one_still_writes_doubles_nothing(
    start: Callable[[], Driver], case: Case, clean: Path
) -> None:
    driver, is_new = start(), case.is_new()
    driver.begin(_INGEST, case.root)
    caught(driver.executors, is_new)
    driver.process.kill()
    driver.process.wait()
    jvm, killed_at = psutil.Process(driver.jvm), time.monotonic()
    code, tries = _code_of(case.ingest), 1
    case.tell(f"run again at once; at its end the JVM {'was gone' if is_gone(jvm) else 'lived'}")
    while code == TRY_AGAIN and tries < 20:
        code, tries = _code_of(case.ingest), tries + 1
    assert code == DONE
    wait_until(lambda: is_gone(jvm))
    case.tell(f"{tries} tries; the JVM gone {time.monotonic() - killed_at:.0f} s after its Python")
    case.ended_as_undisturbed(driver.logged())
    case.refined_as(clean)


def _code_of(work: Callable[[], None]) -> int:
    try:
        work()
    except Exception as fault:  # noqa: BLE001 - its exit code is what counts
        return exit_code(fault)
    return DONE
