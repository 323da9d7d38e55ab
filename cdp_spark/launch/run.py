"""Runs of jobs: once, or repeated; each is recorded and logged."""

import inspect
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from cdp_spark.lake import Lake, Run
from cdp_spark.lake.access import require_writable
from cdp_spark.lake.follow import follow
from cdp_spark.lake.ledger import Ledger
from cdp_spark.lake.session import plans_for_size
from cdp_spark.launch.exit_codes import DONE, REJECTIONS
from cdp_spark.launch.job import Job, section_of
from cdp_spark.launch.project import project_folder
from cdp_spark.launch.rejections import rejections
from cdp_spark.settings import Settings, settings_hash
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.catalogue import TABLES
from cdp_spark.version import code_version


@dataclass(frozen=True)
class Outcome:
    """The result of one run: the line it logs. An idle run is not in ops.run."""

    job: str
    run_id: str
    seconds: float
    reads: dict[str, dict[str, Any]]
    writes: dict[str, dict[str, Any]]
    code: int = DONE
    is_idle: bool = False


@dataclass(frozen=True)
class Options:
    """Options of a run.

    `as_of` none: the day the run starts. `last`: the last outcome this session recorded for the
    job; a run that adds nothing to it is idle.
    """

    as_of: date | None = None
    run_id: str = ""
    is_dry: bool = False
    last: Outcome | None = None


def open_lake(spark: SparkSession, settings: Settings, run: Run) -> Lake:
    """The lake of the settings for one run."""
    root = settings.project.lake
    is_relative = "://" not in root and not root.startswith("/")
    with_key = replace(run, key_file=settings.project.key_file)
    return Lake(spark, str(project_folder() / root) if is_relative else root, with_key)


def run_job(job: Job, spark: SparkSession, settings: Settings, options: Options) -> Outcome:
    """Run one job and record it, unless it was idle; logs one JSON line on stderr."""
    started = datetime.now(tz=UTC)  # noqa: TID251 - the only place of a job that reads the clock
    section = section_of(settings, job.settings)
    run = Run(
        job=job.name,
        run_id=options.run_id or f"{job.name}-{started:%Y%m%dT%H%M%S%f}",
        purpose=job.purpose,
        as_of=options.as_of or started.date(),
        started_at=started,
        settings_hash=settings_hash(section),
        code_version=code_version(Path(inspect.getfile(job.run))),
        is_dry=options.is_dry,
    )
    lake = open_lake(spark, settings, run)
    require_writable(lake.root)
    lake.sweep()
    clock = time.perf_counter()
    try:
        lake.versions.pin(TABLES[name] for name in (*job.reads, *job.writes))
        size_bytes = lake.versions.size_bytes(TABLES[name] for name in job.reads)
        with plans_for_size(spark, size_bytes, from_outside=RECORD.name in job.writes):
            job.run(lake, section)
        seconds = round(time.perf_counter() - clock, 3)
        is_idle = _finished_idle(lake, seconds, options.last)
    finally:
        lake.discard()
    counts = dict(lake.ledger.reads), dict(lake.ledger.writes)
    sentences = rejections(lake, settings.project.rejected_limit)
    sys.stderr.writelines(f"{job.name}: {sentence}\n" for sentence in sentences)
    code = REJECTIONS if sentences else DONE
    outcome = Outcome(job.name, run.run_id, seconds, *counts, code, is_idle)
    sys.stderr.write(json.dumps(outcome.__dict__) + "\n")
    return outcome


def follow_jobs(
    jobs: Sequence[Job],
    spark: SparkSession,
    settings: Settings,
    seconds: float,
    as_of: date | None = None,
) -> None:
    """Repeat the jobs in order until SIGTERM or SIGINT; see `follow`.

    Each run has its own id and, where no day is given, its own day. Idle runs are recorded in
    ops.run once per session. Rejected records above the limit set the code in a run's line but do
    not end the loop: a run may have read a single bad record.

    Raises:
        Exception: from a run.
    """
    recorded: dict[str, Outcome] = {}

    def once() -> None:
        for job in jobs:
            options = Options(as_of, last=recorded.get(job.name))
            outcome = run_job(job, spark, settings, options)
            if not outcome.is_idle:
                recorded[job.name] = outcome

    follow(once, seconds)


def _finished_idle(lake: Lake, seconds: float, last: Outcome | None) -> bool:
    """Record the run unless it adds nothing to the last recorded one; whether it adds nothing."""
    is_idle = last is not None and lake.ledger.is_idle_after(Ledger(last.reads, last.writes))
    if is_idle:
        lake.row_counts()
    else:
        lake.finish(seconds)
    return is_idle
