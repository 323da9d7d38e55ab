"""Rows of tables at the versions of one run, and their counts."""

from dataclasses import dataclass, field

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import control, storage
from cdp_spark.lake.ledger import CHANGES, WHOLE, Ledger, Run
from cdp_spark.lake.permits import permitted
from cdp_spark.lake.snapshot import feed_size, snapshot_at
from cdp_spark.lake.versions import Versions
from cdp_spark.tables import Table
from cdp_spark.tables.audience import PERMIT

CHANGE = "change"
UPSERT, DELETED = "upsert", "delete"


@dataclass
class Reading:
    """Reads tables at a run's versions, and notes the reads in its ledger.

    Row counts come from the tables' logs; if a log has none, Spark counts on demand.
    """

    spark: SparkSession
    root: str
    run: Run
    versions: Versions
    ledger: Ledger
    _uncounted: dict[str, DataFrame] = field(default_factory=dict)

    def rows(self, table: Table, version: int, most_bytes: int | None = None) -> DataFrame:
        """See `Lake.read`; up to `most_bytes` are one partition."""
        rows = storage.rows_at(self.spark, self.root, table, version, most_bytes)
        if self.ledger.note_read(table, version, WHOLE):
            self._note_count(table, self._known_count(table, version), rows)
        return self._permitted(rows, table)

    def fetched(self, table: Table, equal: dict[str, str]) -> pa.Table:
        """See `Lake.fetch`."""
        version = self.versions.of(table)
        found = control.fetched(self.spark, self.root, table, version, equal)
        if self.ledger.note_read(table, version, WHOLE):
            self._note_count(table, self._known_count(table, version) or found.num_rows, None)
        return found

    def changes(self, table: Table, *, of_same_setup: bool) -> DataFrame:
        """See `Lake.changes`."""
        newest = self.versions.of(table)
        seen = self.versions.last_read(table, of_same_setup=of_same_setup)
        if seen is None:
            whole = self.rows(table, newest, storage.SMALL_FEED_BYTES)
            return whole.withColumn(CHANGE, F.lit(UPSERT))
        is_first = self.ledger.note_read(table, newest, CHANGES)
        if seen >= newest:
            if is_first:
                self._note_count(table, 0, None)
            empty = storage.no_rows(self.spark, table.schema)
            return empty.withColumn(CHANGE, F.lit(UPSERT))
        rows = changed_rows(storage.feed(self.spark, self.root, table, seen + 1, newest), table)
        if is_first:
            size = feed_size(storage.path_of(self.root, table), seen + 1, newest)
            self._note_count(table, size.row_count if size else None, rows)
        return self._permitted(rows, table)

    def table_count(self, table: Table) -> int:
        """See `Lake.table_count`."""
        version = self.versions.of(table)
        known = self._known_count(table, version)
        if known is not None:
            return known
        return storage.rows_by_delta(self.spark, self.root, table, version).count()

    def row_counts(self) -> dict[str, int]:
        """See `Lake.row_counts`."""
        for name, rows in self._uncounted.items():
            self.ledger.reads[name]["row_count"] = rows.count()
        self._uncounted.clear()
        return {name: entry["row_count"] for name, entry in self.ledger.reads.items()}

    def _known_count(self, table: Table, version: int) -> int | None:
        """Number of rows of a version; None if its log does not have it."""
        if version == storage.NEVER:
            return 0
        found = snapshot_at(storage.path_of(self.root, table), version)
        return found.row_count if found is not None and found.is_plain else None

    def _note_count(self, table: Table, count: int | None, rows: DataFrame | None) -> None:
        self._uncounted.pop(table.name, None)
        if count is not None:
            self.ledger.reads[table.name]["row_count"] = count
        elif rows is not None:
            self._uncounted[table.name] = rows

    def _permitted(self, rows: DataFrame, table: Table) -> DataFrame:
        version = self.versions.of(PERMIT)
        denials = None
        if version > 0:
            denials = storage.rows_at(self.spark, self.root, PERMIT, version)
        return permitted(rows, table, self.run.purpose, denials)


def changed_rows(feed: DataFrame, table: Table) -> DataFrame:
    """Rows of a change feed in the table's columns, with `change` upsert or delete."""
    is_gone = F.col("_change_type").isin("delete", "update_preimage")
    change = F.when(is_gone, DELETED).otherwise(UPSERT)
    return feed.select(*table.columns, change.alias(CHANGE))
