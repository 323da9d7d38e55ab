"""The JVM is halted at commits; what is run again ends as if nothing had happened.

Three processes are halted, each in the middle of a step. What a halt leaves at the other points is
the lake's folder as it was there in an undisturbed run, and the step is run again on a copy of
it: between any two tables of a step by default, before and after every commit with
`CDP_FAULTS=every` (114 points, the ledger's and those that make a table included).
`CDP_FAULTS=halt` halts a process between any two tables (15 points).
"""

import json
import logging
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from pyspark.sql import SparkSession

from cdp_spark.lake.fingerprint import content_hash
from cdp_spark.launch import Options, job_named, run_job
from cdp_spark.tables.bronze import DELIVERY_CHECK
from cdp_spark.tables.catalogue import TABLES
from cdp_spark.tables.gold import ACCOUNT, ACCOUNT_MEMBER
from tests.faults.points import VARIABLE, points
from tests.faults.shop import AS_OF, land, opened_shop, shop_settings, visit
from tests.jobs.worlds import PROJECT, hashes, lake_of

pytestmark = pytest.mark.cluster

_HALTED = 137
_RUN = "ops.run"
_NO_PROCESS = 2**30
_WORDS = ("running", "halted at")
_ROUND = os.environ.get("CDP_FAULTS", "")
_log = logging.getLogger(__name__)
Points = dict[str, list[str]]
# The shop's source has no delivery expectations, and its people are members of no account.
_EMPTY = {DELIVERY_CHECK.name, ACCOUNT.name, ACCOUNT_MEMBER.name}
_TABLES = {
    name: [one for one in job_named(name, PROJECT).writes if one not in _EMPTY]
    for name in shop_settings(Path("nowhere")).project.workflow
}


def _between() -> Points:
    """Job → the points between two tables it writes, in the order it comes to them."""
    return {name: [f"after:{table}" for table in of[:-1]] for name, of in _TABLES.items()}


def _every() -> Points:
    """Job → the points before and after all it commits and makes."""
    first = next(iter(_TABLES))
    return {
        name: [
            f"{phase}:{table}"
            for table in (*of, _RUN)
            for phase in ("before-making", "after-making", "before", "after")
            if table != _RUN or name == first or "making" not in phase
        ]
        for name, of in _TABLES.items()
    }


def _halts() -> Points:
    """Job → the points at which a process is halted; up to the last job that has one."""
    if _ROUND == "halt":
        return _between()
    middle = {"refine_events": ["after:silver.duplicate"], "build_customers": ["after:gold.order"]}
    names = [*_TABLES][: [*_TABLES].index("build_customers") + 1]
    return {name: middle.get(name, []) for name in names}


@dataclass(frozen=True)
class Ended:
    """How a process ended: in which job, at which point, and what the lake then held."""

    code: int
    job: str
    point: str
    hashes: dict[str, Any]


class Steps:
    """A process with a session of its own, which waits for the jobs to run."""

    def __init__(self, root: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "tests.faults.steps", str(root)],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, plan: Points) -> Ended:
        """Run the jobs of the plan until the first of its points, or to the end."""
        out, log = self.process.communicate(json.dumps(plan) + "\n")
        code = self.process.returncode
        jobs, points = (re.findall(rf"^{word} (\S+)", log, re.M) for word in _WORDS)
        assert (code == _HALTED and len(points) == 1) or (code == 0 and not points), log[-3000:]
        lines = [json.loads(line) for line in out.splitlines()]
        assert _is_gone(lines[0])
        job, point = (found[-1] if found else "" for found in (jobs, points))
        return Ended(code, job, point, {} if code else lines[-1])

    def kill(self) -> None:
        """End it if it still waits."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def _is_gone(pid: int) -> bool:
    """Whether a process has ended; waits some seconds for one that is about to."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


@contextmanager
def _processes(root: Path) -> Iterator[Iterator[Steps]]:
    """Processes one after the other, the next of which starts while the one before runs."""
    waiting = [Steps(root)]

    def each() -> Iterator[Steps]:
        while True:
            waiting.append(Steps(root))
            yield waiting.pop(0)

    try:
        yield each()
    finally:
        for process in waiting:
            process.kill()


@dataclass(frozen=True)
class State:
    """The lake's folder at points of a job, between which nothing was written."""

    root: Path
    points: list[str] = field(default_factory=list)


class Watch:
    """Copies a lake's folder at every point its jobs come to."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root, self.folder, self.job = root, folder, ""
        self.states: dict[str, list[State]] = {name: [] for name in _TABLES}
        self._newest: frozenset[str] = frozenset()

    def take(self, phase: str, table: str) -> None:
        """Copy the folder at a point, unless nothing was written since the last one."""
        mine, found = self.states[self.job], _files(self.root)
        if not mine or found != self._newest:
            number = sum(map(len, self.states.values()))
            mine.append(State(self.folder / f"{number:03}"))
            shutil.copytree(self.root, mine[-1].root)
            _bereave(mine[-1].root)
            self._newest = found
        mine[-1].points.append(f"{phase}:{table}")


def _bereave(root: Path) -> None:
    """Whoever staged rows or holds a lease is gone, as after a halt."""
    for staged in (root / "_staging").glob("*"):
        _, place = staged.name.split("-", 1)
        staged.rename(staged.with_name(f"{_NO_PROCESS}-{place}"))
    for file in (root / "_leases").glob("*.json"):
        file.write_text(json.dumps(json.loads(file.read_text()) | {"pid": _NO_PROCESS}))


def _files(root: Path) -> frozenset[str]:
    found = (path for path in root.rglob("*") if path.is_file())
    return frozenset(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in found)


@dataclass(frozen=True)
class Undisturbed:
    """A lake without halts: its tables at the end, and its folder on the way."""

    hashes: dict[str, Any]
    states: dict[str, list[State]]


@pytest.fixture(scope="module")
def undisturbed(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Undisturbed]:
    """Every job once, over the shop."""
    folder = tmp_path_factory.mktemp("undisturbed")
    root = opened_shop(folder / "lake")
    watch, settings = Watch(root, folder / "states"), shop_settings(root)
    with points(watch.take):
        for watch.job in _TABLES:
            run_job(job_named(watch.job, PROJECT), spark, settings, Options(AS_OF))
    yield Undisturbed(hashes(spark, root, AS_OF), watch.states)
    shutil.rmtree(folder)


def test_an_undisturbed_run_fills_every_table_and_comes_to_every_point(
    undisturbed: Undisturbed,
) -> None:
    assert all(count for count, _ in undisturbed.hashes.values())
    met = {
        job: [point for state in states for point in state.points]
        for job, states in undisturbed.states.items()
    }
    assert {job: sorted(points) for job, points in met.items()} == {
        job: sorted(points) for job, points in _every().items()
    }


@pytest.mark.parametrize(
    "job", [*_TABLES] if _ROUND == "every" else [n for n, of in _between().items() if of]
)
def test_a_job_run_again_on_what_a_halt_leaves_ends_the_same(
    spark: SparkSession, undisturbed: Undisturbed, job: str
) -> None:
    wanted = _every()[job] if _ROUND == "every" else [_between()[job][0], _between()[job][-1]]
    written = {name: undisturbed.hashes[name] for name in _TABLES[job]}
    halted = [one for one in undisturbed.states[job] if {*one.points} & {*wanted}]
    assert halted
    for state in halted:
        run_job(job_named(job, PROJECT), spark, shop_settings(state.root), Options(AS_OF))
        lake = lake_of(spark, state.root, AS_OF)
        found = {name: content_hash(lake.read(TABLES[name]), TABLES[name]) for name in written}
        assert found == written, state.points
        assert not [*(state.root / "_staging").glob("*")], state.points
        _log.info("%s: %s", job, ", ".join(state.points))


@pytest.mark.fault("R1", "a JVM that dies in the middle of a step is run again to the same tables")
def test_processes_halted_in_the_middle_of_their_steps_and_run_again_end_the_same(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    root, left = opened_shop(tmp_path / "lake"), _halts()
    count, started = sum(map(len, left.values())), time.monotonic()
    with _processes(root) as processes:
        while (ended := next(processes).run(left)).code:
            left = _further(left, ended)
            _log.info("%5.0f s  %s in %s", time.monotonic() - started, ended.point, ended.job)
    assert sum(map(len, left.values())) == 0, f"never met of {count}: {left}"
    written = {name for job in _halts() for name in _TABLES[job]}
    assert ended.hashes.keys() == written
    assert ended.hashes == _as_json({name: undisturbed.hashes[name] for name in written})


def _as_json(found: dict[str, Any]) -> dict[str, list[Any]]:
    """Hashes as they come from a process."""
    return {name: [count, str(total)] for name, (count, total) in found.items()}


def _further(left: Points, ended: Ended) -> Points:
    """What is left from the job that was halted on; earlier jobs must have met all their points."""
    passed = list(left)[: list(left).index(ended.job)]
    assert not [point for name in passed for point in left[name]], left
    rest = {name: points for name, points in left.items() if name not in passed}
    return rest | {ended.job: [point for point in rest[ended.job] if point != ended.point]}


def test_a_file_that_comes_after_a_halt_within_bronze_is_taken_once_and_so_are_the_others(
    tmp_path: Path,
) -> None:
    late = [visit(person, 38, 5) for person in range(12)]
    root, both = opened_shop(tmp_path / "lake"), opened_shop(tmp_path / "both")
    land(both, "late.json", late)

    halted = Steps(root).run({"ingest_events": ["after:bronze.file"]})
    assert (halted.code, halted.point) == (_HALTED, "after:bronze.file")
    land(root, "late.json", late)

    stepwise = Steps(root).run({"ingest_events": []}).hashes
    whole = Steps(both).run({"ingest_events": []}).hashes
    lines = sum(len(file.read_text().splitlines()) for file in (root / "landing").rglob("*.json"))
    assert stepwise["bronze.record"][0] == lines
    assert stepwise == whole
