"""The batches of one source: first the unfinished batch of a killed run, then new ones.

The files of a batch are stored before its records, so a rerun finishes it with the same files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.bronze.files import (
    accepted_files,
    counted_files,
    last_accepted_batch,
    last_batch,
    new_files,
    planned_files,
    rechecked_files,
)
from cdp_spark.bronze.records import records_of
from cdp_spark.bronze.snapshots import snapshot_records
from cdp_spark.semantics.connector import Connector
from cdp_spark.tables import Table
from cdp_spark.tables.bronze import FILE, RECORD


class IngestLake(Protocol):
    """The part of a lake that ingestion uses."""

    def fetch(self, table: Table, **equal: str) -> pa.Table:
        """Rows of a small table on the driver."""

    def merge_rows(self, table: Table, rows: pa.Table) -> None:
        """Insert or update a few rows by key."""

    def has_batch(self, table: Table, writer: str, number: int) -> bool:
        """Whether a batch was appended."""

    def append_once(
        self,
        table: Table,
        rows: DataFrame,
        writer: str,
        number: int,
        *,
        expected: int | None = None,
    ) -> None:
        """Append a batch exactly once."""

    def read(self, table: Table) -> DataFrame:
        """All rows of a table."""

    def materialize(self, name: str, rows: DataFrame) -> DataFrame:
        """The rows, computed once."""

    def count(self, rows: DataFrame) -> int:
        """Number of rows."""


@dataclass(frozen=True)
class Intake:
    """Ingests one source: `origin` labels its records, `now` is their `landed_at`.

    With a `key`, each batch is one delivery of a list; see `snapshot_records`.
    """

    source: str
    origin: Mapping[str, str]
    connector: Connector
    now: datetime
    key: tuple[str, ...] = ()

    @property
    def writer(self) -> str:
        """The application id of the source's batches in the Delta log."""
        return f"ingest/{self.source}"

    def take(self, lake: IngestLake) -> None:
        """Finish the unfinished batch of a killed run, then plan and ingest new batches."""
        known = lake.fetch(FILE, source=self.source)
        last = last_batch(known)
        delivery: DataFrame | None = None  # the last one of this run; the lake is read as it began
        unfinished = accepted_files(known, last)
        if unfinished.file_count and not lake.has_batch(RECORD, self.writer, last):
            checked = self.connector.checked(unfinished.rows)
            lake.merge_rows(FILE, rechecked_files(unfinished.rows, checked))
            delivery = self._append(lake, last, delivery)
            known = lake.fetch(FILE, source=self.source)
        for batch, listed in enumerate(self.connector.listed(known), start=last + 1):
            new = new_files(listed, known)
            if not new.num_rows:
                continue
            checked = self.connector.checked(new)
            planned = planned_files(checked, known, self.source, batch, self.now)
            if planned.num_rows:
                lake.merge_rows(FILE, planned)
                delivery = self._append(lake, batch, delivery)

    def _append(self, lake: IngestLake, batch: int, delivery: DataFrame | None) -> DataFrame | None:
        """Append the records of a planned batch, unless they were appended before.

        The records of the newest delivery of a list; `delivery` are those of the one before, if
        this run has appended it.
        """
        known = lake.fetch(FILE, source=self.source)
        plan = accepted_files(known, batch)
        if not plan.file_count:
            return delivery
        records = self.connector.records(plan.rows)
        if self.key:
            records = lake.materialize(f"{self.source}-{batch}-listed", records)
            last = delivery or self._last_delivery(lake, known, batch)
            records = snapshot_records(records, last, self.key)
        rows = records_of(records, {"source": self.source, **self.origin}, batch, self.now)
        expected = plan.record_count
        if self.key or not self.connector.counts_on_check:
            rows = lake.materialize(f"{self.source}-{batch}", rows)
            lake.merge_rows(FILE, counted_files(plan.rows, _record_counts(rows)))
            expected = lake.count(rows)
        lake.append_once(RECORD, rows, self.writer, batch, expected=expected)
        return rows if self.key else None

    def _last_delivery(self, lake: IngestLake, known: pa.Table, batch: int) -> DataFrame | None:
        """The records of the delivery before a batch; None for the first."""
        last = last_accepted_batch(known, before=batch)
        if not last:
            return None
        is_last = (F.col("source") == self.source) & (F.col("batch") == last)
        return lake.read(RECORD).where(is_last)


def _record_counts(rows: DataFrame) -> dict[str, int]:
    """Number of records by file_id; a batch has few ranges."""
    counts: list[Any] = rows.groupBy("file_id").count().collect()
    return {row["file_id"]: row["count"] for row in counts}
