"""Runs killed at moments drawn by chance, with files that arrive between them.

CDP_FAULT_KILLS kills (2 by default); CDP_FAULT_SEED draws the same moments again.
"""

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cdp_spark.launch import DONE, Options, job_named, run_job
from cdp_spark.tables.catalogue import TABLES
from tests.faults.dirt import PERSON, Lines, good
from tests.faults.invariants import Shares, kept_invariants
from tests.faults.processes import Driver
from tests.faults.shop import AS_OF, shop_settings
from tests.jobs.worlds import PROJECT, Hashes, hashes, lake_of, prepared

pytestmark = [pytest.mark.cluster, pytest.mark.soak]

_KILLS = int(os.environ.get("CDP_FAULT_KILLS", "2"))
_SEED = int(os.environ.get("CDP_FAULT_SEED", "1"))
# About what each job of the path takes in a process that has run those before it, in seconds.
_SPANS = {
    "ingest_events": 20.0,
    "refine_events": 20.0,
    "resolve_identities": 12.0,
    "build_customers": 15.0,
}
_PATH = tuple(_SPANS)
Tell = Callable[[str], None]


def _lines(number: int) -> Lines:
    """The n-th file: a hundred events of its own, and ten of the file before once more."""
    mine, before = (good(100, f"file{one}-") for one in (number, number - 1))
    return mine + before[:10]


def _land(root: Path, number: int) -> None:
    folder = root / "landing" / "web"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number:04}.json").write_bytes(b"\n".join(_lines(number)))


@contextmanager
def _drivers(scratch: Path, count: int) -> Iterator[Iterator[Driver]]:
    """So many drivers one after the other, the next of which starts while the one before runs."""
    started: list[Driver] = []

    def start() -> None:
        if len(started) < count:
            folder = scratch / str(len(started))
            folder.mkdir(parents=True)
            started.append(Driver(folder, spark__master="local[2]"))

    def each() -> Iterator[Driver]:
        start()
        for place in range(count):
            start()
            yield started[place].ready()

    try:
        yield each()
    finally:
        for driver in started:
            driver.kill()


def _killed(driver: Driver, root: Path, job: str, seconds: float) -> str:
    """Where the driver was killed, so long after it began a job: in it, or after it."""
    for before in _PATH[: _PATH.index(job)]:
        driver.begin(before, root)
        assert driver.end().code == DONE
    driver.begin(job, root)
    time.sleep(seconds)
    assert driver.process.poll() is None
    driver.kill()
    assert driver.process.stdout
    ended = [json.loads(line) for line in driver.process.stdout]
    assert {one["code"] for one in ended} <= {DONE}, ended
    assert PERSON not in driver.logged(), "I6"
    return f"after {job}" if ended else f"in {job}"


def _finished(spark: SparkSession, root: Path) -> tuple[Shares, Hashes]:
    """What a lake holds after an undisturbed run: what became of its records, and its tables.

    Which files come in one batch is chance: tables that tell of batches are left out.
    """
    for job in _PATH:
        done = run_job(job_named(job, PROJECT), spark, shop_settings(root), Options(AS_OF))
        assert done.code == DONE
    found = hashes(spark, root, AS_OF).items()
    kept = {name: hashes for name, hashes in found if "batch" not in TABLES[name].key}
    return kept_invariants(lake_of(spark, root, AS_OF), PERSON)["web"], kept


@pytest.mark.fault("R17", "runs killed at any moment, with files that arrive between them, end as "
                   "if they had not been killed")  # fmt: skip
def test_runs_killed_at_any_moment_end_as_undisturbed_ones(
    spark: SparkSession, tmp_path: Path, evidence: Tell
) -> None:
    chance = random.Random(_SEED)  # noqa: S311 - moments, no secret
    root, clean = (prepared(tmp_path / name) for name in ("lake", "clean"))
    met = []
    with _drivers(tmp_path / "drivers", _KILLS) as drivers:
        for number, driver in enumerate(drivers):
            _land(root, number)
            job = chance.choice(_PATH)
            met.append(_killed(driver, root, job, chance.uniform(0, _SPANS[job])))
    places = [f"{met.count(place)} {place}" for place in sorted(set(met))]
    evidence(f"{_KILLS} killed, seed {_SEED}: {', '.join(places)}")
    _land(root, _KILLS)
    for number in range(_KILLS + 1):
        _land(clean, number)
    found, wanted = (_finished(spark, one) for one in (root, clean))
    assert found == wanted, "I3"
    assert found[0].accepted == 100 * (_KILLS + 1) + 10
    evidence(f"{found[0]}; {len(found[1])} tables equal to an undisturbed run's")
