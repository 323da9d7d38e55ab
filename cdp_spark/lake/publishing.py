"""Turns the writes of a run into commits: compute, check together, one commit per table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import commits, control, storage
from cdp_spark.lake.errors import ContractBroken, TableMoved
from cdp_spark.lake.leases import lease
from cdp_spark.lake.ledger import Ledger, Run, write_entry
from cdp_spark.lake.staging import Staged, fingerprint_of, staged_tables
from cdp_spark.lake.versions import Versions
from cdp_spark.lake.workspace import Materialized, Workspace
from cdp_spark.lake.writes import (
    DELETE,
    INSERT,
    OPERATION,
    UPDATE,
    aligned,
    appended_changes,
    differences,
    with_inserts,
)
from cdp_spark.semantics.sizes import small_bytes
from cdp_spark.tables import Table
from cdp_spark.tables.writes import Append, Overwrite, Write, Written

# Up to this many rows are fetched to the driver instead of being written by Spark.
_MOST_FETCHED = 50_000


class Writer(Protocol):
    """The parts of a run that a write uses; a lake has them."""

    spark: SparkSession
    root: str
    run: Run
    ledger: Ledger
    versions: Versions
    workspace: Workspace

    @property
    def is_dry_run(self) -> bool:
        """Whether nothing may be written."""


@dataclass(frozen=True)
class _Direct:
    """New rows that are counted while they are written, without materializing them."""

    table: Table
    rows: DataFrame


@dataclass(frozen=True)
class _Computed:
    """Materialized rows that change; `is_append`: new rows that were not compared."""

    rows: Materialized
    is_append: bool = False


def publish(run: Writer, changes: Mapping[Table, Write]) -> dict[Table, Written]:
    """See `Lake.publish`."""
    prepared = {table: _prepared(run, table, write) for table, write in changes.items()}
    staged = {t: one.rows for t, one in prepared.items() if isinstance(one, _Computed)}
    ready = {change.table: change for change in staged_tables(staged)}
    written: dict[Table, Written] = {}
    for table, one in prepared.items():
        if isinstance(one, _Direct):
            written[table] = _append(run, one)
        else:
            change = ready[table]
            if change.total and not run.is_dry_run:
                _commit(run, change)
            written[table] = _measured(change.counts, change.fingerprint, is_append=one.is_append)
        _note(run, table, written[table])
    return written


def merge_rows(run: Writer, table: Table, rows: pa.Table) -> None:
    """See `Lake.merge_rows`."""
    if not rows.num_rows:
        return
    if not run.is_dry_run:
        storage.make(run.spark, run.root, table, run.run.run_id)
    if run.versions.of(table) == storage.NEVER:
        run.versions.pinned[table.name] = storage.version_of(run.root, table)
    stored = control.fetched(run.spark, run.root, table, run.versions.of(table), {})
    change = control.staged_rows(run.spark, table, rows, stored)
    if change.total and not run.is_dry_run:
        _commit(run, change)
    _note(run, table, _measured(change.counts, 0, is_append=False))


def append_once(
    run: Writer, table: Table, rows: DataFrame, batch: tuple[str, int], expected: int | None
) -> None:
    """See `Lake.append_once`."""
    storage.make(run.spark, run.root, table, run.run.run_id)
    rows = aligned(rows, table)
    # Fetched before taking the lease.
    is_few = expected is not None and expected <= _MOST_FETCHED and small_bytes(run.spark) > 0
    fetched = rows.toArrow() if is_few and storage.is_driver_written(table) else None
    if fetched is not None:
        _require_count(table, batch, expected, fetched.num_rows)
    with lease(run.root, table.name, run.run.run_id):
        last = storage.last_number(run.spark, run.root, table, batch[0])
        if last is not None and batch[1] <= last:
            return
        before = storage.version_of(run.root, table)
        if fetched is not None and commits.append(run.root, table, fetched, batch, before):
            appended = fetched.num_rows
        else:
            appended, _ = _observed(run, table, rows, batch)
        after = storage.version_of(run.root, table)
    earlier = run.ledger.writes.get(table.name, {}).get("inserted_count", 0)
    run.ledger.writes[table.name] = write_entry(after, {INSERT: appended + earlier})
    _require_count(table, batch, expected, appended)


def _require_count(table: Table, batch: tuple[str, int], expected: int | None, found: int) -> None:
    if expected is not None and found != expected:
        writer, number = batch
        raise ContractBroken(
            f"{table.name}: {writer} batch {number}: expected {expected} rows, found {found}"
        )


def _observed(
    run: Writer, table: Table, rows: DataFrame, batch: tuple[str, int]
) -> tuple[int, int]:
    """Append the rows by Spark; returns their number and fingerprint, observed meanwhile."""
    seen, before = Observation(), storage.version_of(run.root, table)
    counted = rows.observe(
        seen,
        F.count(F.lit(1)).alias("row_count"),
        fingerprint_of(table).alias("fingerprint"),
    )
    commits.append_by_spark(run.root, table, counted, batch)
    if storage.version_of(run.root, table) == before:  # nothing ran, so there is no observation
        raise TableMoved(f"{table.name}: another process appended these rows meanwhile; run again")
    found = seen.get
    return int(found.get("row_count") or 0), int(found.get("fingerprint") or 0)


def _prepared(run: Writer, table: Table, write: Write) -> _Computed | _Direct:
    """Materialized rows that change, or new rows to write directly."""
    if not run.is_dry_run:
        storage.make(run.spark, run.root, table, run.run.run_id)
    if run.versions.of(table) == storage.NEVER:
        run.versions.pinned[table.name] = storage.version_of(run.root, table)
    version = run.versions.of(table)
    stored = storage.rows_at(run.spark, run.root, table, version)
    if isinstance(write, Append):
        if run.versions.is_unchanged_by_others(table):
            return _appended(run, table, write, stored)
        write = write.otherwise
    is_few = not isinstance(write, Overwrite) and run.workspace.is_small(write)
    changed = differences(write, stored if version > 0 else None, table, is_few=is_few)
    return _Computed(run.workspace.materialize(table.name, changed))


def _appended(run: Writer, table: Table, write: Append, stored: DataFrame) -> _Computed | _Direct:
    changed, new = appended_changes(write, stored, table), with_inserts(write.rows, table)
    if changed is not None:
        return _Computed(run.workspace.materialize(table.name, changed.unionByName(new)))
    is_few = write.most is not None and write.most <= _MOST_FETCHED
    if is_few and (storage.is_driver_written(table) or write.most == 0):
        return _Computed(run.workspace.materialize(table.name, new), is_append=True)
    return _Direct(table, new.drop(OPERATION))


def _append(run: Writer, new: _Direct) -> Written:
    table = new.table
    if run.is_dry_run:
        return _measured({INSERT: new.rows.count()}, 0, is_append=True)
    with lease(run.root, table.name, run.run.run_id):
        base = _unmoved(run, table)
        count, fingerprint = _observed(run, table, new.rows, (commits.WRITER, base + 1))
        run.versions.committed(table, storage.version_of(run.root, table))
    return _measured({INSERT: count}, fingerprint, is_append=True)


def _measured(counts: Mapping[str, int], fingerprint: int, *, is_append: bool) -> Written:
    return Written(
        inserted=counts.get(INSERT, 0),
        updated=counts.get(UPDATE, 0),
        deleted=counts.get(DELETE, 0),
        is_append=is_append,
        fingerprint=fingerprint,
    )


def _commit(run: Writer, change: Staged) -> None:
    table = change.table
    with lease(run.root, table.name, run.run.run_id):
        commits.commit(run.spark, run.root, change, _unmoved(run, table))
        run.versions.committed(table, storage.version_of(run.root, table))


def _unmoved(run: Writer, table: Table) -> int:
    """The version that the rows were computed from, if the table still has it."""
    seen, newest = run.versions.of(table), storage.version_of(run.root, table)
    if newest != seen:
        raise TableMoved(
            f"{table.name}: expected version {seen}, found {newest}; "
            "another run committed meanwhile; run again"
        )
    return newest


def _note(run: Writer, table: Table, written: Written) -> None:
    counts = {INSERT: written.inserted, UPDATE: written.updated, DELETE: written.deleted}
    entry = write_entry(run.versions.of(table), counts)
    run.ledger.add(Ledger(writes={table.name: entry}))
