"""The lake as a job sees it: read, changes, append_once, merge, replace, publish."""

import hashlib
import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

import psutil
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import storage, writes
from cdp_spark.lake.errors import ContractBroken, TableMoved
from cdp_spark.lake.faults import fault_point
from cdp_spark.lake.filesystem import (
    folder_names,
    is_local,
    read_text,
    remove_folder,
    write_text,
)
from cdp_spark.lake.keys import identifier_key, mark_of, passing_key
from cdp_spark.lake.leases import lease
from cdp_spark.lake.ledger import WHOLE, LastRead, Ledger, Run, last_reads, last_writes, record
from cdp_spark.lake.writes import Amendment, Replacement, Staged, Write
from cdp_spark.tables import Table
from cdp_spark.tables.audience import PERMIT
from cdp_spark.tables.silver import SIGHTING

CHANGE = "change"
UPSERT, DELETED = "upsert", "delete"
CHANGES, BOTH = "changes", "both"
# Machines that share a lake do not know each other's processes.
_HOST = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
_PROCESS = f"{os.getpid()}-{_HOST}"
_ANALYTICS = "analytics"
_OPERATE = "operate"


class Lake:
    """One run's view of the tables: every table is read at the version it first saw.

    Writes are content-idempotent: only rows that differ from what is stored are written, so a
    run that is killed anywhere and started again ends with the same tables, even when the ledger
    of runs is lost.
    """

    def __init__(
        self,
        spark: SparkSession,
        root: str,
        run: Run,
        micro_batch: tuple[Table, DataFrame] | None = None,
    ) -> None:
        self.spark = spark
        self.root = root.rstrip("/")
        self.run = run
        self.ledger = Ledger()
        self._versions: dict[str, int] = {}
        self._micro_batch = micro_batch
        self._uncounted: dict[str, DataFrame] = {}
        self._last_reads: dict[str, LastRead] | None = None
        self._left: dict[str, int] | None = None
        if spark.sparkContext.getCheckpointDir() is None:
            spark.sparkContext.setCheckpointDir(self._checkpoints)

    @property
    def as_of(self) -> date:
        """The day the run speaks of."""
        return self.run.as_of

    @property
    def is_dry_run(self) -> bool:
        """Whether nothing may be written."""
        return self.run.is_dry

    def versions(self) -> dict[str, int]:
        """Table name → version read so far."""
        return {name: version for name, version in self._versions.items() if version >= 0}

    def bound_to(self, table: Table, rows: DataFrame) -> Self:
        """The same lake inside a stream: `changes(table)` is the micro-batch."""
        bound = type(self)(rows.sparkSession, self.root, self.run, (table, rows))
        if self._left is None:
            self._left = last_writes(self.spark, self.root, self.run.job)
        bound._left = self._left  # noqa: SLF001 - what a micro-batch left, the next one finds
        return bound

    # Reading

    def read(self, table: Table, as_of: int | None = None) -> DataFrame:
        """All rows the run's purpose may see, at version `as_of` or the one first seen.

        Rows of subjects that governance.permit denies for the purpose are left out, and direct
        personal columns are null for analytics.
        """
        version = self._version(table) if as_of is None else as_of
        rows = storage.rows_at(self.spark, self.root, table, version)
        self._note(table, version, WHOLE, rows)
        return self._permitted(rows, table)

    def changes(self, table: Table, *, of_like_run: bool = False) -> DataFrame:
        """Rows since this job's last finished run, with `change` upsert or delete.

        All rows on the first run and, where `of_like_run` is asked for, after one with other
        settings or code; the micro-batch in a stream. A row changed twice comes twice.
        """
        if self._micro_batch is not None and self._micro_batch[0] == table:
            rows = self._micro_batch[1]
            self.ledger.reads[table.name] = _read_entry(-1, "stream", rows.count())
            return self._permitted(rows, table)
        newest = self._version(table)
        seen = self._last_read(table, of_like_run=of_like_run)
        if seen is None:
            rows = storage.rows_at(self.spark, self.root, table, newest)
            rows = rows.withColumn(CHANGE, F.lit(UPSERT))
        elif seen >= newest:
            rows = self.spark.createDataFrame([], table.schema).withColumn(CHANGE, F.lit(UPSERT))
        else:
            rows = changed_rows(storage.feed(self.spark, self.root, table, seen + 1, newest), table)
        self._note(table, newest, WHOLE if seen is None else CHANGES, rows)
        return self._permitted(rows, table)

    def arrivals(self, table: Table) -> DataFrame:
        """Rows of a fact that are new since this job's last finished run; see `changes`."""
        return self.changes(table).where(F.col(CHANGE) == UPSERT).drop(CHANGE)

    def last_read_at(self, table: Table) -> datetime | None:
        """When this job's last finished run that read a table began; none where there is none."""
        last = self._known_reads().get(table.name)
        return last.started_at.astimezone(UTC) if last else None

    def is_followed(self, table: Table) -> bool:
        """Whether `changes` of a like run are less than the whole table."""
        return self._last_read(table, of_like_run=True) is not None

    def is_as_left(self, table: Table) -> bool:
        """Whether nothing was committed to a table but by finished runs of this job, and this."""
        if self._left is None:
            self._left = last_writes(self.spark, self.root, self.run.job)
        version, left = self._version(table), self._left.get(table.name)
        return version <= 0 if left is None else version == left

    def _known_reads(self) -> dict[str, LastRead]:
        if self._last_reads is None:
            self._last_reads = last_reads(self.spark, self.root, self.run.job)
        return self._last_reads

    def _last_read(self, table: Table, *, of_like_run: bool) -> int | None:
        last = self._known_reads().get(table.name)
        is_usable = last is not None and (last.is_like(self.run) or not of_like_run)
        return last.version if last and is_usable else None

    def _version(self, table: Table) -> int:
        if table.name not in self._versions:
            self._versions[table.name] = storage.version_of(self.root, table)
        return self._versions[table.name]

    def _note(self, table: Table, version: int, mode: str, rows: DataFrame) -> None:
        noted = self.ledger.reads.get(table.name)
        if noted is None:
            self.ledger.reads[table.name] = _read_entry(version, mode, 0)
            self._uncounted[table.name] = rows
        elif noted["mode"] not in (mode, BOTH):  # counted are the changes; in the rest it looks up
            noted["mode"] = BOTH
            if mode == CHANGES:
                self._uncounted[table.name] = rows

    def count_reads(self) -> None:
        """Fill in how many rows were read, at the end of the run.

        Delta answers for a whole table from its statistics, without reading it, as long as
        nothing but the count is asked of one table.
        """
        for name, rows in self._uncounted.items():
            if self.ledger.reads[name]["version"] != storage.NEVER:
                self.ledger.reads[name]["row_count"] = rows.count()
        self._uncounted.clear()

    def row_counts(self) -> dict[str, int]:
        """Table name → rows of what was read of it so far, those not permitted included."""
        self.count_reads()
        return {name: entry["row_count"] for name, entry in self.ledger.reads.items()}

    def _permitted(self, rows: DataFrame, table: Table) -> DataFrame:
        if self.run.purpose == _OPERATE:
            return rows
        if table.subject == "customer_id" and self._version(PERMIT) > 0:
            permits = storage.rows_at(self.spark, self.root, PERMIT, self._version(PERMIT))
            is_denied = (F.col("purpose") == self.run.purpose) & ~F.col("is_permitted")
            denied = permits.where(is_denied).select("customer_id")
            rows = rows.join(denied, on="customer_id", how="left_anti").select(*rows.columns)
        if self.run.purpose == _ANALYTICS:
            direct = {one.name: one.type for one in table.fields if one.personal == "direct"}
            rows = rows.withColumns({n: F.lit(None).cast(kind) for n, kind in direct.items()})
        return rows

    # Writing

    def has_batch(self, table: Table, writer: str, number: int) -> bool:
        """Whether `append_once` has appended this batch or a later one, be its rows there or not.

        Delta compares with the last number alone, too.
        """
        last = storage.last_number(self.spark, self.root, table, writer)
        return last is not None and number <= last

    def append_once(
        self,
        table: Table,
        rows: DataFrame,
        writer: str,
        number: int,
        *,
        expected: int | None = None,
    ) -> None:
        """Append batch `number` of `writer`; a batch already appended is left alone.

        Delta keeps the last number per writer in the table's own log.

        Raises:
            ContractBroken: other than the expected number of rows were appended.
        """
        if self.is_dry_run:
            return
        self._make(table)
        with lease(self.root, table.name, self.run.run_id):
            before = storage.version_of(self.root, table)
            fault_point(self.spark, "before", table.name)
            appending = writes.aligned(rows, table).write.format("delta").mode("append")
            appending = appending.option("txnAppId", writer).option("txnVersion", number)
            appending.save(storage.path_of(self.root, table))
            fault_point(self.spark, "after", table.name)
            after = storage.version_of(self.root, table)
        if after == before:
            return
        appended = storage.feed(self.spark, self.root, table, before + 1, after).count()
        earlier = self.ledger.writes.get(table.name, {}).get("inserted_count", 0)
        self.ledger.writes[table.name] = _write_entry(after, {writes.INSERT: appended + earlier})
        if expected is not None and appended != expected:
            raise ContractBroken(
                f"{table.name}: {writer} batch {number}: expected {expected} rows, found {appended}"
            )

    def merge(self, table: Table, rows: DataFrame) -> None:
        """Insert or update rows by key; rows not named stay."""
        self.publish({table: rows})

    def replace(self, table: Table, rows: DataFrame, within: DataFrame | None = None) -> None:
        """Make the table equal to the rows inside a scope; see `Replacement`."""
        self.publish({table: Replacement(rows, within)})

    def publish(self, changes: Mapping[Table, Write]) -> None:
        """Stage and check all tables, then commit them one by one in the order given.

        The table that later runs decide by comes last: until it is committed, a rerun computes
        the same rows again and finds the earlier ones already there.

        Raises:
            ContractBroken: rows do not fit; no table was changed.
            TableMoved: another run committed to a table since this one read it.
        """
        kept = {table: self._prepared(table, write) for table, write in changes.items()}
        for change in writes.checked(kept):
            if change.total and not self.is_dry_run:
                self._commit(change)
            version = self._version(change.table)
            part = Ledger(writes={change.table.name: _write_entry(version, change.counts)})
            self.ledger.add(part)

    def _make(self, table: Table) -> None:
        storage.make(self.spark, self.root, table, self.run.run_id)

    def _prepared(self, table: Table, write: Write) -> DataFrame:
        """Rows that change, with what to do; computed once and kept, or made of such."""
        if not self.is_dry_run:
            self._make(table)
        if self._versions.get(table.name, storage.NEVER) == storage.NEVER:
            self._versions[table.name] = storage.version_of(self.root, table)
        version, aside = self._versions[table.name], f"{self._staging}/{table.name}"
        stored = storage.rows_at(self.spark, self.root, table, version)
        if isinstance(write, Amendment):
            if self.is_as_left(table):
                changed = writes.told_changes(write, stored, table)
                kept = None if changed is None else writes.kept_aside(changed, aside)
                return writes.with_added(kept, write.added, table)
            write = write.otherwise
        changed = writes.differences(write, stored if version > 0 else None, table)
        return writes.kept_aside(changed, aside)

    def _commit(self, change: Staged) -> None:
        table = change.table
        with lease(self.root, table.name, self.run.run_id):
            newest = storage.version_of(self.root, table)
            if newest != self._versions[table.name]:
                raise TableMoved(
                    f"{table.name}: read at version {self._versions[table.name]}, now {newest}; "
                    "another run committed meanwhile; run again"
                )
            fault_point(self.spark, "before", table.name)
            writes.commit(self.spark, self.root, change, newest)
            fault_point(self.spark, "after", table.name)
            self._versions[table.name] = storage.version_of(self.root, table)
            if self._left is not None:
                self._left[table.name] = self._versions[table.name]

    @property
    def _staging(self) -> str:
        return f"{self.root}/_staging/{_PROCESS}-{self.run.run_id}"

    @property
    def _checkpoints(self) -> str:
        """Of this process alone: another one may be at work on the same lake."""
        return f"{self.root}/_checkpoints/{_PROCESS}"

    def below(self, path: str) -> str:
        """A path of the settings: below the lake where it is relative."""
        return path if "://" in path or path.startswith("/") else f"{self.root}/{path}"

    def keep(self, name: str, rows: DataFrame) -> DataFrame:
        """The rows computed once and kept aside until the run is over."""
        folder = f"{self._staging}/_{name}"
        rows.write.mode("overwrite").option("compression", "lz4").parquet(folder)
        return self.spark.read.schema(rows.schema).parquet(folder)

    def expect_none(self, faults: DataFrame, law: str) -> None:
        """Stop the run where a law does not hold.

        Raises:
            ContractBroken: there are rows of faults; up to three are shown.
        """
        if shown := faults.limit(3).collect():
            raise ContractBroken(f"{law} does not hold: {[row.asDict() for row in shown]}")

    def key(self) -> bytes:
        """The key of identifier tokens: in CDP_KEY_FILE, the settings' file or LAKE/_keys.

        Made where there is none, before the first sighting only: tokens of another key would
        never meet those that are there. A dry run makes no file; its key is of no use later.

        Raises:
            ContractBroken: there are sightings, and no key, or one that did not make them.
        """
        named = self.below(self.run.key_file or "_keys/identifier")
        file = os.environ.get("CDP_KEY_FILE") or named
        has_tokens = storage.version_of(self.root, SIGHTING) > 0
        try:
            key = identifier_key(file, may_make=not has_tokens and not self.is_dry_run)
        except FileNotFoundError as missing:
            if self.is_dry_run and not has_tokens and is_local(file):
                return passing_key()
            raise ContractBroken(
                f"{SIGHTING.name} holds tokens, but their key is not in {file}; "
                "bring the file back, or name it in CDP_KEY_FILE or project.key_file"
            ) from missing
        self._check_key(key, file, has_tokens=has_tokens)
        return key

    def _check_key(self, key: bytes, file: str, *, has_tokens: bool) -> None:
        """Tokens of two keys would never meet: the key's mark stays beside the tables."""
        mark = f"{self.root}/_keys/mark"
        known = read_text(mark)
        if has_tokens and known and known != mark_of(key):
            raise ContractBroken(
                f"{file}: not the key that {SIGHTING.name}'s tokens were made with; bring it back"
            )
        if known != mark_of(key) and not self.is_dry_run:
            write_text(mark, mark_of(key))

    def write_page(self, name: str, text: str) -> Path:
        """Write a page for people below ROOT/reports, whole or not at all; gives its path."""
        target = f"{self.root}/reports/{name}"
        if not self.is_dry_run:
            write_text(target, text)
        return Path(target)

    # The run itself

    def finish(self, seconds: float) -> None:
        """Record the run; until then its input counts as not yet read."""
        self.count_reads()
        if not self.is_dry_run:
            record(self.spark, self.root, self.run, self.ledger, seconds)

    def discard(self) -> None:
        """Remove what the run kept aside; its kept frames can't be read any more."""
        remove_folder(self._staging)
        remove_folder(self._checkpoints)

    def sweep(self) -> None:
        """Remove what killed runs on this machine left staged."""
        for folder in ("_staging", "_checkpoints"):
            for name in folder_names(f"{self.root}/{folder}"):
                process, host = [*name.split("-", 2), ""][:2]
                is_ours = host == _HOST and process.isdigit()
                if is_ours and not psutil.pid_exists(int(process)):
                    remove_folder(f"{self.root}/{folder}/{name}")

    def as_run(self, run_id: str) -> Self:
        """The same lake under another run id."""
        return type(self)(self.spark, self.root, replace(self.run, run_id=run_id))


def changed_rows(feed: DataFrame, table: Table) -> DataFrame:
    """Rows of a change feed in the table's columns with `change` upsert or delete."""
    is_gone = F.col("_change_type").isin("delete", "update_preimage")
    change = F.when(is_gone, DELETED).otherwise(UPSERT)
    return feed.select(*table.columns, change.alias(CHANGE))


def _read_entry(version: int, mode: str, row_count: int) -> dict[str, object]:
    return {"version": version, "mode": mode, "row_count": row_count}


def _write_entry(version: int, counts: Mapping[str, int]) -> dict[str, object]:
    return {
        "version": version,
        "inserted_count": counts.get(writes.INSERT, 0),
        "updated_count": counts.get(writes.UPDATE, 0),
        "deleted_count": counts.get(writes.DELETE, 0),
    }
