"""Retention: unused files, old rows of ops.run, and staging folders of other machines."""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from delta.tables import DeltaTable
from deltalake import CommitProperties
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.files.folders import files_in, folder_names
from cdp_spark.files.locations import opened
from cdp_spark.lake.commits import driver_errors, driver_table
from cdp_spark.lake.conflicts import conflict_errors
from cdp_spark.lake.ledger import reads_of
from cdp_spark.lake.session import overridden
from cdp_spark.lake.snapshot import has_changed
from cdp_spark.lake.storage import commit_times, path_of, version_of
from cdp_spark.lake.upkeep.settings import FORGOTTEN_HOURS
from cdp_spark.tables import Table
from cdp_spark.tables.ops import RUN

_VACUUM = "spark.databricks.delta"
_HOUR = 3600.0
_MATCH = "t.run_id = s.run_id AND t.started_at = s.started_at"
_EXPIRED = pa.schema([("run_id", pa.string()), ("started_at", pa.timestamp("us", "UTC"))])


@dataclass(frozen=True)
class LaggingJob:
    """A job that has not read all changes of a table, and since when."""

    job: str
    since: float


def lagging_job(root: str, table: Table, runs: Iterable[Mapping[str, Any]]) -> LaggingJob | None:
    """The job furthest behind on a table; None if every job has read all changes.

    A job continues from the version that its last finished run read. If Delta has removed that
    version from the log, the job can't continue from it. `runs` are rows of ops.run, oldest first.
    """
    path, newest = path_of(root, table), version_of(root, table)
    times = commit_times(path)
    found = []
    for job, last_read in _positions(table, runs).items():
        since = times.get(last_read, times.get(last_read + 1))
        is_behind = last_read < newest
        if is_behind and since is not None and has_changed(path, last_read + 1, newest):
            found.append(LaggingJob(job, since))
    return min(found, key=lambda one: one.since, default=None)


def _positions(table: Table, runs: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    by_job: dict[str, list[Mapping[str, Any]]] = {}
    for run in runs:
        by_job.setdefault(run["job"], []).append(run)
    reads = {job: reads_of(job_runs).get(table.name) for job, job_runs in by_job.items()}
    return {job: last.version for job, last in reads.items() if last}


def hours_to_keep(waiting: LaggingJob | None, retention_hours: int) -> int | None:
    """Hours for which to keep removed files; None if VACUUM must not run.

    One hour is added for clock differences. Delta forgets removed files after a week, and then
    would delete files that a job still needs; so if a job is that far behind, VACUUM must not run.
    """
    if waiting is None:
        return retention_hours
    hours = math.ceil((time.time() - waiting.since) / _HOUR) + 1
    return None if hours > FORGOTTEN_HOURS else max(retention_hours, hours)


def vacuum(spark: SparkSession, root: str, table: Table, hours: int, *, is_dry: bool) -> int:
    """Delete files that were removed from the table more than `hours` ago; returns their number.

    Without such files, nothing is committed.
    """
    found = driver_table(root, table, version_of(root, table))
    if found is None:
        return _vacuum_by_spark(spark, path_of(root, table), hours, is_dry=is_dry)
    folder = Path(opened(path_of(root, table))[1])
    with driver_errors(table):
        # Full, because only that deletes change data. It lists deleted files again.
        listed = found.vacuum(hours, dry_run=True, enforce_retention_duration=False, full=True)
        old = [name for name in listed if (folder / name).exists()]
        if old and not is_dry:
            found.vacuum(hours, dry_run=False, enforce_retention_duration=False, full=True)
    return len(old)


def _vacuum_by_spark(spark: SparkSession, path: str, hours: int, *, is_dry: bool) -> int:
    # Delta 4.4 ignores RETAIN by default.
    values = {
        f"{_VACUUM}.vacuum.retentionWindowIgnore.enabled": "false",
        f"{_VACUUM}.retentionDurationCheck.enabled": "false",
        f"{_VACUUM}.vacuum.logging.enabled": "false",
    }
    with overridden(spark, values):
        listed = spark.sql(f"VACUUM delta.`{path}` RETAIN {hours} HOURS DRY RUN")
        # A folder that still contains files is listed, but stays.
        old = listed.where(~F.col("path").rlike("/_change_data/?$")).count()
        if old and not is_dry:
            spark.sql(f"VACUUM delta.`{path}` RETAIN {hours} HOURS")
    return old


def expired_runs(runs: Sequence[Mapping[str, Any]], before: datetime) -> list[Mapping[str, Any]]:
    """Runs that began before a time and are not needed for the position of their job.

    The newest run that read a table, and the newest that wrote it, give the job's position in that
    table. `runs` are all rows of ops.run, oldest first.
    """
    newest: dict[tuple[str, str, str], int] = {}
    for number, run in enumerate(runs):
        for name, entry in run["reads"]:
            if entry["version"] is not None:
                newest[run["job"], "read", name] = number
        for name, _ in run["writes"]:
            newest[run["job"], "write", name] = number
    needed = {(runs[one]["run_id"], runs[one]["started_at"]) for one in newest.values()}
    return [
        run
        for run in runs
        if run["started_at"] < before and (run["run_id"], run["started_at"]) not in needed
    ]


def delete_runs(spark: SparkSession, root: str, expired: Sequence[Mapping[str, Any]]) -> None:
    """Delete rows of ops.run in one commit.

    Raises:
        TableMoved: another process committed to the table meanwhile.
    """
    keys = sorted({(run["run_id"], run["started_at"]) for run in expired})
    source = pa.Table.from_pylist(
        [dict(zip(_EXPIRED.names, key, strict=True)) for key in keys], schema=_EXPIRED
    )
    found = driver_table(root, RUN, version_of(root, RUN))
    if found is not None:
        properties = CommitProperties(max_commit_retries=0)
        with driver_errors(RUN):
            merge = found.merge(
                source,
                _MATCH,
                source_alias="s",
                target_alias="t",
                commit_properties=properties,
            )
            merge.when_matched_delete().execute()
        return
    with conflict_errors(RUN.name):
        rows = spark.createDataFrame(source).alias("s")
        table = DeltaTable.forPath(spark, path_of(root, RUN)).alias("t")
        table.merge(rows, _MATCH).whenMatchedDelete().execute()


def stale_folders(root: str, before: float) -> list[str]:
    """Staging folders of any machine in which nothing was written since a time."""
    return [
        folder
        for parent in ("_staging", "_checkpoints")
        for name in folder_names(f"{root}/{parent}")
        if (written := _last_written(folder := f"{root}/{parent}/{name}")) and written < before
    ]


def _last_written(folder: str) -> float | None:
    written = (file.modified_at for file in files_in(folder, is_recursive=True))
    return max((one.timestamp() for one in written if one), default=None)
