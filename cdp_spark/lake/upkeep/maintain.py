"""Maintains all tables, one after the other, each under its lease."""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from cdp_spark.files.folders import remove_folder
from cdp_spark.lake.errors import LeaseHeld, TableMoved
from cdp_spark.lake.lake import Lake
from cdp_spark.lake.leases import lease
from cdp_spark.lake.ledger import runs_of
from cdp_spark.lake.storage import exists
from cdp_spark.lake.upkeep.checkpoints import commits_since_checkpoint, write_checkpoint
from cdp_spark.lake.upkeep.layout import due_steps, layout_of, rearrange
from cdp_spark.lake.upkeep.retention import (
    delete_runs,
    expired_runs,
    hours_to_keep,
    lagging_job,
    stale_folders,
    vacuum,
)
from cdp_spark.lake.upkeep.settings import MaintenanceSettings
from cdp_spark.tables import Table
from cdp_spark.tables.ops import RUN

# OPTIMIZE of a large table takes longer than any other commit.
_LEASE_SECONDS = 6 * 3600.0
_DAY_SECONDS = 86_400.0


@dataclass(frozen=True)
class MaintainedTable:
    """The steps done for one table, or due in a dry run; also the line in the log."""

    table: str
    steps: tuple[str, ...]
    file_count: int
    size_bytes: int
    seconds: float


def maintain(
    lake: Lake, tables: Iterable[Table], settings: MaintenanceSettings
) -> list[MaintainedTable]:
    """Maintain the existing tables; logs one JSON line for each on stderr.

    A table that another run holds is skipped.

    Raises:
        LeaseHeld: tables were skipped; run again.
    """
    _remove_stale_staging(lake, settings)
    done, skipped = [], []
    for table in sorted(tables, key=lambda one: one.name):
        if not exists(lake.root, table):
            continue
        try:
            maintained = _maintained(lake, table, settings)
        except (LeaseHeld, TableMoved) as busy:
            skipped.append(str(busy))
            continue
        sys.stderr.write(json.dumps(asdict(maintained)) + "\n")
        done.append(maintained)
    if skipped:
        raise LeaseHeld(f"{len(skipped)} tables were not maintained: {'; '.join(skipped)}")
    return done


def _maintained(lake: Lake, table: Table, settings: MaintenanceSettings) -> MaintainedTable:
    clock = time.perf_counter()
    with lease(lake.root, table.name, lake.run.run_id, expires_seconds=_LEASE_SECONDS):
        runs = runs_of(lake.root)
        steps = [
            *(_run_steps(lake, runs, settings) if table == RUN else ()),
            *_layout_steps(lake, table, settings),
            *_vacuum_steps(lake, table, runs, settings),
            *_checkpoint_steps(lake, table, settings),
        ]
        layout = layout_of(lake.spark, lake.root, table, settings)
    seconds = round(time.perf_counter() - clock, 3)
    return MaintainedTable(table.name, tuple(steps), layout.file_count, layout.size_bytes, seconds)


def _run_steps(
    lake: Lake, runs: Sequence[Mapping[str, Any]], settings: MaintenanceSettings
) -> Iterator[str]:
    before = lake.run.started_at - timedelta(days=settings.ops_run_days)
    expired = expired_runs(runs, before)
    if expired:
        yield f"delete {len(expired)} runs"
        if not lake.is_dry_run:
            delete_runs(lake.spark, lake.root, expired)


def _layout_steps(lake: Lake, table: Table, settings: MaintenanceSettings) -> Iterator[str]:
    needed = due_steps(table, layout_of(lake.spark, lake.root, table, settings), settings)
    yield from needed.steps
    if needed.steps and not lake.is_dry_run:
        rearrange(lake.spark, lake.root, table, needed, settings)


def _vacuum_steps(
    lake: Lake, table: Table, runs: Sequence[Mapping[str, Any]], settings: MaintenanceSettings
) -> Iterator[str]:
    waiting = lagging_job(lake.root, table, runs)
    hours = hours_to_keep(waiting, settings.retention_hours)
    if hours is None and waiting is not None:
        yield f"no vacuum: {waiting.job} has not read the table for a week"
    elif hours is not None:
        count = vacuum(lake.spark, lake.root, table, hours, is_dry=lake.is_dry_run)
        if count:
            yield f"vacuum {count} files"


def _checkpoint_steps(lake: Lake, table: Table, settings: MaintenanceSettings) -> Iterator[str]:
    if commits_since_checkpoint(lake.root, table) > settings.checkpoint_above_commits:
        yield "checkpoint"
        if not lake.is_dry_run:
            write_checkpoint(lake.spark, lake.root, table)


def _remove_stale_staging(lake: Lake, settings: MaintenanceSettings) -> None:
    before = time.time() - settings.staging_days * _DAY_SECONDS
    folders = stale_folders(lake.root, before)
    if folders:
        sys.stderr.write(json.dumps({"stale_staging_folders": len(folders)}) + "\n")
    if not lake.is_dry_run:
        for folder in folders:
            remove_folder(folder)
