"""The JVM is halted at every commit; what is run again ends as if nothing had happened.

By default once within every step that writes several tables, with half of them committed;
`CDP_FAULTS=between` halts between all of them (12 points), `CDP_FAULTS=every` before and after
every commit, the ledger's and those that make a table included (102 points). All committed but the
ledger is what test_workflow looks at.
"""

import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from cdp_spark.lake.faults import VARIABLE
from cdp_spark.launch import BUG, DONE, job_named
from tests.faults.shop import AS_OF, land, opened_shop, shop_settings, visit
from tests.jobs.worlds import PROJECT

pytestmark = pytest.mark.cluster

_HALTED = 137
_RUN = "ops.run"
_WORDS = ("running", "halted at")
_log = logging.getLogger(__name__)
Points = dict[str, list[str]]


def _points(round_of: str = "") -> Points:
    """Job → the points at which it is to be halted, in the order it comes to them."""
    workflow = shop_settings(Path("nowhere")).project.workflow
    tables = {name: job_named(name, PROJECT).writes for name in workflow}
    if round_of != "every":
        between = {name: [f"after:{table}" for table in of[:-1]] for name, of in tables.items()}
        whole = round_of == "between"
        return between if whole else {n: of[(len(of) - 1) // 2 :][:1] for n, of in between.items()}
    first = workflow[0]
    return {
        name: [
            f"{phase}:{table}"
            for table in (*of, _RUN)
            for phase in ("before-making", "after-making", "before", "after")
            if table != _RUN or name == first or "making" not in phase
        ]
        for name, of in tables.items()
    }


@dataclass(frozen=True)
class Ended:
    """How a process ended: in which job, at which point, and what the lake then held."""

    code: int
    job: str
    point: str
    hashes: dict[str, Any]


class Steps:
    """A process with a session of its own, which waits to be told what to run."""

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
        told, said = self.process.communicate(json.dumps(plan) + "\n")
        code = self.process.returncode
        jobs, points = (re.findall(rf"^{word} (\S+)", said, re.M) for word in _WORDS)
        assert (code == _HALTED and len(points) == 1) or (code == 0 and not points), said[-3000:]
        lines = [json.loads(line) for line in told.splitlines()]
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


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Table → number of rows and hash of a lake whose jobs were never halted."""
    root = opened_shop(tmp_path_factory.mktemp("undisturbed") / "lake")
    return Steps(root).run({name: [] for name in _points()}).hashes


def test_the_workflow_halted_at_commits_and_run_again_ends_the_same(
    undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    root = opened_shop(tmp_path / "lake")
    left = _points(os.environ.get("CDP_FAULTS", ""))
    count, started = sum(map(len, left.values())), time.monotonic()
    with _processes(root) as processes:
        while (ended := next(processes).run(left)).code:
            left = _further(left, ended)
            _log.info("%5.0f s  %s in %s", time.monotonic() - started, ended.point, ended.job)
    assert sum(map(len, left.values())) == 0, f"never met of {count}: {left}"
    assert all(rows for rows, _ in undisturbed.values())
    assert ended.hashes == undisturbed


def _further(left: Points, ended: Ended) -> Points:
    """What is left from the job that was halted on; earlier jobs must have met all their points."""
    passed = list(left)[: list(left).index(ended.job)]
    assert not [point for name in passed for point in left[name]], left
    rest = {name: points for name, points in left.items() if name not in passed}
    return rest | {ended.job: [point for point in rest[ended.job] if point != ended.point]}


def _ingest(root: Path, fail_at: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "jobs/ingest_events.py", "--lake", str(root), "--as-of", str(AS_OF)]
    environment = os.environ | {VARIABLE: fail_at, "CDP_HOME": str(PROJECT)}
    return subprocess.run(  # noqa: S603 - our own job
        line, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_file_that_comes_after_a_halt_within_bronze_is_taken_once_and_so_are_the_others(
    tmp_path: Path,
) -> None:
    late = [visit(person, 38, 5) for person in range(12)]
    root, both = opened_shop(tmp_path / "lake"), opened_shop(tmp_path / "both")
    land(both, "late.json", late)

    halted = _ingest(root, "after:bronze.file")
    assert (halted.returncode, "halted at after:bronze.file" in halted.stderr) == (BUG, True)
    land(root, "late.json", late)
    again = _ingest(root, "")
    assert again.returncode == DONE, again.stderr[-3000:]

    stepwise = Steps(root).run({}).hashes
    whole = Steps(both).run({"ingest_events": []}).hashes
    lines = sum(len(file.read_text().splitlines()) for file in (root / "landing").rglob("*.json"))
    assert stepwise["bronze.record"][0] == lines
    assert stepwise == whole
