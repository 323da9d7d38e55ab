"""The lake as a job sees it: read, changes, materialize, append_once, publish."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.files.content import read_text, write_text
from cdp_spark.lake import publishing, storage
from cdp_spark.lake.errors import ContractBroken
from cdp_spark.lake.keys import key_of_lake
from cdp_spark.lake.ledger import Ledger, Run, record
from cdp_spark.lake.reading import CHANGE, UPSERT, Reading
from cdp_spark.lake.versions import Versions
from cdp_spark.lake.workspace import Workspace
from cdp_spark.tables import Table
from cdp_spark.tables.writes import Write, Written


class Lake:
    """One run's view of the tables: every table is read at its version when the run began.

    Writes are exactly once: facts carry the number of their commit, and all other rows are compared
    with the stored ones, so a rerun after a kill at any point gives the same tables, even if the
    ledger of runs is lost.
    """

    def __init__(self, spark: SparkSession, root: str, run: Run) -> None:
        self.spark = spark
        self.root = root.rstrip("/")
        self.run = run
        self.ledger = Ledger()
        self.versions = Versions(self.root, run)
        self.workspace = Workspace(spark, self.root, run.run_id)
        self.reading = Reading(spark, self.root, run, self.versions, self.ledger)
        if spark.sparkContext.getCheckpointDir() is None:
            spark.sparkContext.setCheckpointDir(self.workspace.checkpoints)

    @property
    def as_of(self) -> date:
        """The day the run computes."""
        return self.run.as_of

    @property
    def is_dry_run(self) -> bool:
        """Whether nothing may be written."""
        return self.run.is_dry

    def table_versions(self) -> dict[str, int]:
        """Table name → version, of the existing tables that the run has used."""
        return {name: version for name, version in self.versions.pinned.items() if version >= 0}

    def read(self, table: Table, as_of: int | None = None) -> DataFrame:
        """All rows that the run's purpose permits, at version `as_of` or the run's.

        Rows of subjects that governance.permit denies for the purpose are omitted, and direct
        personal columns are null for analytics.
        """
        return self.reading.rows(table, self.versions.of(table) if as_of is None else as_of)

    def fetch(self, table: Table, **equal: str) -> pa.Table:
        """Rows of a small table on the driver, filtered by equal values."""
        return self.reading.fetched(table, equal)

    def changes(self, table: Table, *, of_same_setup: bool = False) -> DataFrame:
        """Rows changed since this job's last finished run, with `change` upsert or delete.

        All rows on the first run and, with `of_same_setup`, after one with other settings or code.
        A row that changed twice is there twice.
        """
        return self.reading.changes(table, of_same_setup=of_same_setup)

    def new_rows(self, table: Table) -> DataFrame:
        """Rows of a fact that are new since this job's last finished run; see `changes`."""
        return self.changes(table).where(F.col(CHANGE) == UPSERT).drop(CHANGE)

    def last_read_at(self, table: Table) -> datetime | None:
        """Start of this job's last finished run that read a table; None if there is none."""
        last = self.versions.reads().get(table.name)
        return last.started_at.astimezone(UTC) if last else None

    def has_new_rows(self, *tables: Table) -> bool:
        """Whether `changes` of any table may have rows; reads no rows."""
        return any(map(self.versions.is_newer, tables))

    def is_idle(self, *tables: Table) -> bool:
        """Whether a finished run has read the same rows, with this run's day, settings and code."""
        return self.versions.is_idle(tables)

    def has_previous_read(self, table: Table) -> bool:
        """Whether `changes` with `of_same_setup` are less than the whole table."""
        return self.versions.last_read(table, of_same_setup=True) is not None

    def is_unchanged_by_others(self, table: Table) -> bool:
        """Whether only finished runs of this job, and this run, changed a table's rows."""
        return self.versions.is_unchanged_by_others(table)

    def table_count(self, table: Table) -> int:
        """Number of rows of a table, including those not permitted."""
        return self.reading.table_count(table)

    def row_counts(self) -> dict[str, int]:
        """Table name → number of rows read so far, including those not permitted."""
        return self.reading.row_counts()

    def has_batch(self, table: Table, writer: str, number: int) -> bool:
        """Whether `append_once` has appended this batch or a later one."""
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
        """Append batch `number` of `writer`, unless it was appended before.

        The table's log keeps the last number of each writer. `expected` is the number of rows, if
        the caller knows it.

        Raises:
            ContractBroken: the number of rows is not the expected one.
        """
        if not self.is_dry_run:
            publishing.append_once(self, table, rows, (writer, number), expected)

    def merge_rows(self, table: Table, rows: pa.Table) -> None:
        """Insert or update a few rows by key, on the driver if possible."""
        publishing.merge_rows(self, table, rows)

    def merge(self, table: Table, rows: DataFrame) -> None:
        """Insert or update rows by key; other rows stay."""
        self.publish({table: rows})

    def publish(self, changes: Mapping[Table, Write]) -> dict[Table, Written]:
        """Compute and check all tables, then commit them one by one in the order given.

        The table by which later runs decide must come last: until its commit, a rerun computes the
        same rows again and finds the earlier ones stored.

        Raises:
            ContractBroken: rows do not fit; no table was changed.
            TableMoved: another run committed to a table since this one read it.
        """
        return publishing.publish(self, changes)

    def below(self, path: str) -> str:
        """A path from the settings; relative paths are below the lake."""
        return path if "://" in path or path.startswith("/") else f"{self.root}/{path}"

    def materialize(self, name: str, rows: DataFrame) -> DataFrame:
        """The rows, computed once; they can be read until the run ends."""
        return self.workspace.materialize(name, rows).rows

    def count(self, rows: DataFrame) -> int:
        """Number of rows of a frame; needs no Spark job if this lake materialized it."""
        return self.workspace.count(rows)

    def require_empty(self, rows: DataFrame, message: str) -> None:
        """Require an empty frame; otherwise raise a ContractBroken that shows up to three rows."""
        if shown := rows.limit(3).collect():
            raise ContractBroken(f"{message}; found {[row.asDict() for row in shown]}")

    def key(self) -> bytes:
        """The key of identifier tokens; see `keys.key_of_lake`."""
        named = self.below(self.run.key_file or "_keys/identifier")
        return key_of_lake(self.root, named, is_dry=self.is_dry_run)

    def write_page(self, name: str, text: str) -> Path:
        """Write a report page to ROOT/reports atomically; returns its path."""
        target = f"{self.root}/reports/{name}"
        if not self.is_dry_run:
            write_text(target, text)
        return Path(target)

    def has_page(self, name: str) -> bool:
        """Whether a report page exists."""
        return bool(read_text(f"{self.root}/reports/{name}"))

    def finish(self, seconds: float) -> None:
        """Record the run; until then its input counts as unread."""
        self.row_counts()
        if not self.is_dry_run:
            record(self.spark, self.root, self.run, self.ledger, seconds)

    def discard(self) -> None:
        """Remove the run's materialized frames; they can't be read any more."""
        self.workspace.discard()

    def sweep(self) -> None:
        """Remove the frames of killed runs on this machine."""
        self.workspace.sweep()
