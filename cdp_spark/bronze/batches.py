"""The batches of one source: the one a killed run began is finished first, then new ones are taken.

A batch's files are written down before its records, so that it is finished with the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa
from pyspark.sql import DataFrame

from cdp_spark.bronze.files import (
    counted_files,
    last_batch,
    lost_files,
    new_files,
    planned_files,
    taken_in,
)
from cdp_spark.bronze.records import records_of
from cdp_spark.tables import Table
from cdp_spark.tables.bronze import FILE, RECORD


class Control(Protocol):
    """Where files are written down and records appended; a lake is one."""

    def fetch(self, table: Table, **equal: str) -> pa.Table:
        """Rows of a small table on the driver."""

    def merge_rows(self, table: Table, rows: pa.Table) -> None:
        """Insert or update few rows by key."""

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
        """Append a batch, once."""

    def keep(self, name: str, rows: DataFrame) -> DataFrame:
        """The rows computed once."""

    def count(self, rows: DataFrame) -> int:
        """How many rows there are."""


class Connector(Protocol):
    """One source's way of delivering; see `sources.deliveries.Delivery`."""

    @property
    def counts_ahead(self) -> bool:
        """Whether a check tells how many records there are."""

    def listed(self, known: pa.Table) -> Iterator[pa.Table]:
        """What is there to be taken, a table per batch."""

    def checked(self, files: pa.Table) -> pa.Table:
        """What was listed or planned, with the reason where it can't be read."""

    def records(self, files: pa.Table) -> DataFrame:
        """One row per record of what was planned."""


@dataclass(frozen=True)
class Intake:
    """One source's batches in the making: `origin` labels its records, `now` is when they land."""

    source: str
    origin: Mapping[str, str]
    connector: Connector
    now: datetime

    @property
    def writer(self) -> str:
        """The name under which the source's batches are numbered in the table's log."""
        return f"ingest/{self.source}"

    def take(self, control: Control) -> None:
        """Finish the batch a killed run began, then plan and take what has come since."""
        known = control.fetch(FILE, source=self.source)
        last = last_batch(known)
        begun = taken_in(known, last)
        if begun.file_count and not control.has_batch(RECORD, self.writer, last):
            lost = lost_files(begun.rows, self.connector.checked(begun.rows))
            control.merge_rows(FILE, lost)
            self._append(control, last)
            known = control.fetch(FILE, source=self.source)
        for batch, listed in enumerate(self.connector.listed(known), start=last + 1):
            new = new_files(listed, known)
            if not new.num_rows:
                continue
            checked = self.connector.checked(new)
            planned = planned_files(checked, known, self.source, batch, self.now)
            if planned.num_rows:
                control.merge_rows(FILE, planned)
                self._append(control, batch)

    def _append(self, control: Control, batch: int) -> None:
        """Append the records of a planned batch; one that was appended before is left alone."""
        plan = taken_in(control.fetch(FILE, source=self.source), batch)
        if not plan.file_count:
            return
        found = self.connector.records(plan.rows)
        rows = records_of(found, {"source": self.source, **self.origin}, batch, self.now)
        expected = plan.record_count
        if not self.connector.counts_ahead:
            rows = control.keep(f"{self.source}-{batch}", rows)
            control.merge_rows(FILE, counted_files(plan.rows, _counts(rows)))
            expected = control.count(rows)
        control.append_once(RECORD, rows, self.writer, batch, expected=expected)


def _counts(rows: DataFrame) -> dict[str, int]:
    """Records by file_id; a batch has few ranges."""
    counted: list[Any] = rows.groupBy("file_id").count().collect()
    return {row["file_id"]: row["count"] for row in counted}
