"""The lake as a job sees it: read, changes, materialize, append_once, publish."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import publishing, storage
from cdp_spark.lake.errors import ContractBroken
from cdp_spark.lake.filesystem import read_text, write_text
from cdp_spark.lake.keys import key_of_lake
from cdp_spark.lake.ledger import Ledger, Run, record
from cdp_spark.lake.reading import CHANGE, UPSERT, Reading
from cdp_spark.lake.versions import Versions
from cdp_spark.lake.workspace import Workspace
from cdp_spark.tables import Table
from cdp_spark.tables.writes import Write, Written


class Lake:
    """One run's view of the tables: every table is read at the version it had when the run began.

    Writes are exactly once: facts carry the number of the commit they are made for, and all else
    is compared with what is stored, so a run that is killed anywhere and started again ends with
    the same tables, even when the ledger of runs is lost.
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
        """The day the run speaks of."""
        return self.run.as_of

    @property
    def is_dry_run(self) -> bool:
        """Whether nothing may be written."""
        return self.run.is_dry

    def table_versions(self) -> dict[str, int]:
        """Table name → version, of the tables that are there and were looked at."""
        return {name: version for name, version in self.versions.pinned.items() if version >= 0}

    def read(self, table: Table, as_of: int | None = None) -> DataFrame:
        """All rows the run's purpose may see, at version `as_of` or the run's.

        Rows of subjects that governance.permit denies for the purpose are left out, and direct
        personal columns are null for analytics.
        """
        return self.reading.rows(table, self.versions.of(table) if as_of is None else as_of)

    def fetch(self, table: Table, **equal: str) -> pa.Table:
        """Rows of a small table on the driver whose columns equal the values given."""
        return self.reading.fetched(table, equal)

    def changes(self, table: Table, *, of_like_run: bool = False) -> DataFrame:
        """Rows since this job's last finished run, with `change` upsert or delete.

        All rows on the first run and, where `of_like_run` is asked for, after one with other
        settings or code. A row changed twice comes twice.
        """
        return self.reading.changes(table, of_like_run=of_like_run)

    def arrivals(self, table: Table) -> DataFrame:
        """Rows of a fact that are new since this job's last finished run; see `changes`."""
        return self.changes(table).where(F.col(CHANGE) == UPSERT).drop(CHANGE)

    def last_read_at(self, table: Table) -> datetime | None:
        """When this job's last finished run that read a table began; none where there is none."""
        last = self.versions.reads().get(table.name)
        return last.started_at.astimezone(UTC) if last else None

    def has_news(self, *tables: Table) -> bool:
        """Whether `changes` of any table may have rows; known without reading any."""
        return any(map(self.versions.is_newer, tables))

    def is_idle(self, *tables: Table) -> bool:
        """Whether a finished run read these very rows, with this run's day, settings and code."""
        return self.versions.is_idle(tables)

    def is_followed(self, table: Table) -> bool:
        """Whether `changes` of a like run are less than the whole table."""
        return self.versions.last_read(table, of_like_run=True) is not None

    def is_as_left(self, table: Table) -> bool:
        """Whether nobody but finished runs of this job, and this run, changed a table's rows."""
        return self.versions.is_as_left(table)

    def table_count(self, table: Table) -> int:
        """How many rows a table has, those not permitted included."""
        return self.reading.table_count(table)

    def row_counts(self) -> dict[str, int]:
        """Table name → rows of what was read of it so far, those not permitted included."""
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
        """Append batch `number` of `writer`; a batch already appended is left alone.

        The table's own log keeps the last number of each writer. `expected` is how many rows there
        must be, where the caller knows.

        Raises:
            ContractBroken: there are other than the expected number of rows.
        """
        if not self.is_dry_run:
            publishing.append_once(self, table, rows, (writer, number), expected)

    def merge_rows(self, table: Table, rows: pa.Table) -> None:
        """Insert or update few rows by key, on the driver where it can."""
        publishing.merge_rows(self, table, rows)

    def merge(self, table: Table, rows: DataFrame) -> None:
        """Insert or update rows by key; rows not named stay."""
        self.publish({table: rows})

    def publish(self, changes: Mapping[Table, Write]) -> dict[Table, Written]:
        """Compute and check all tables, then commit them one by one in the order given.

        The table that later runs decide by comes last: until it is committed, a rerun computes
        the same rows again and finds the earlier ones already there.

        Raises:
            ContractBroken: rows do not fit; no table was changed.
            TableMoved: another run committed to a table since this one read it.
        """
        return publishing.publish(self, changes)

    def below(self, path: str) -> str:
        """A path of the settings: below the lake where it is relative."""
        return path if "://" in path or path.startswith("/") else f"{self.root}/{path}"

    def keep(self, name: str, rows: DataFrame) -> DataFrame:
        """The rows computed once; they can be read until the run is over."""
        return self.workspace.materialize(name, rows).rows

    def count(self, rows: DataFrame) -> int:
        """How many rows a frame has, without a Spark job where it was kept by this lake."""
        return self.workspace.count(rows)

    def expect_none(self, faults: DataFrame, law: str) -> None:
        """Stop the run, with a ContractBroken that shows up to three, where there are faults."""
        if shown := faults.limit(3).collect():
            raise ContractBroken(f"{law} does not hold: {[row.asDict() for row in shown]}")

    def key(self) -> bytes:
        """The key of identifier tokens; see `keys.key_of_lake`."""
        named = self.below(self.run.key_file or "_keys/identifier")
        return key_of_lake(self.root, named, is_dry=self.is_dry_run)

    def write_page(self, name: str, text: str) -> Path:
        """Write a page for people below ROOT/reports, whole or not at all; gives its path."""
        target = f"{self.root}/reports/{name}"
        if not self.is_dry_run:
            write_text(target, text)
        return Path(target)

    def has_page(self, name: str) -> bool:
        """Whether a page for people is there."""
        return bool(read_text(f"{self.root}/reports/{name}"))

    def finish(self, seconds: float) -> None:
        """Record the run; until then its input counts as not yet read."""
        self.row_counts()
        if not self.is_dry_run:
            record(self.spark, self.root, self.run, self.ledger, seconds)

    def discard(self) -> None:
        """Remove what the run computed on the way; its kept frames can't be read any more."""
        self.workspace.discard()

    def sweep(self) -> None:
        """Remove what killed runs on this machine left."""
        self.workspace.sweep()
