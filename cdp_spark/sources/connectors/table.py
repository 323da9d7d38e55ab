"""A table of a database, read in ranges of a cursor that grows with every insert and update.

Not read: deleted rows; updates that do not change the cursor; all but the last of several updates
between two runs; rows with a null cursor; and rows that are committed later than `lag` allows, with
a cursor below one that was read before.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from itertools import pairwise
from zoneinfo import ZoneInfo

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.databases import Database, micros_of, moment_text
from cdp_spark.sources.ranges import Range, checked_ranges, listed_ranges, newest_ends
from cdp_spark.sources.rows import as_text, rows_as_json
from cdp_spark.sources.settings import SourceSettings, TableSettings
from cdp_spark.values.token import hashed

_FIRST = "first"  # start of the first range
_LAG_SECONDS = 60
_YEAR_1 = micros_of(datetime(1, 1, 1))  # noqa: DTZ001 - a number, not a time of day
_RECORD_COLUMNS = "record_id string, position long, raw binary"
_WHOLE = (T.ByteType, T.ShortType, T.IntegerType, T.LongType)
_MOMENTS = (T.TimestampType, T.TimestampNTZType)


@dataclass(frozen=True)
class DatabaseTable:
    """The rows of a table; each version of a row that a run reads is one record."""

    spark: SparkSession
    source: SourceSettings
    settings: TableSettings
    now: datetime
    counts_on_check: bool = False

    @property
    def _database(self) -> Database:
        return Database(self.spark, self.settings)

    @property
    def _stream(self) -> str:
        return f"{self.settings.name}/{self.settings.cursor}"

    def listed(self, known: pa.Table) -> Iterator[pa.Table]:
        """One range per batch, of at most `rows_per_batch` rows unless they have one cursor.

        Rows with equal cursors stay in one range.

        Raises:
            SourceUnreadable: the table can't be reached, or lacks a configured column.
        """
        end = newest_ends(known).get(self._stream)
        start = None if end is None else self._parsed(end)
        schema = self._schema()
        count, low, high = self._database.span((start, None), schema)
        newest = min(high, self._newest(high, schema))
        lowest = max(low - 1, _YEAR_1) if start is None else start
        if not count or newest <= lowest:
            return
        if newest < high:
            count, *_ = self._database.span((start, newest), schema)
        if not count:
            return
        since = _FIRST if start is None else self._written(lowest)

        def count_of(start: int, end: int) -> int:
            return self._database.span((start, end), schema)[0]

        for until in range_ends((lowest, newest), count, self.settings.rows_per_batch, count_of):
            yield listed_ranges([Range(self._stream, since, self._written(until))])
            since = self._written(until)

    def checked(self, files: pa.Table) -> pa.Table:
        """The ranges; a range can be read at any time."""
        return checked_ranges(files, {})

    def records(self, files: pa.Table) -> DataFrame:
        """The rows of the ranges as JSON, every value as text, columns sorted by name.

        `record_id` is a hash of source, table, key and cursor. `position` is the cursor as a whole
        number, timestamps in microseconds since 1970.
        """
        planned = files.select(["file_id", "file"]).to_pylist()  # one row
        schema = self._schema()
        found = [self._records_in(row["file"], row["file_id"], schema) for row in planned]
        return reduce(DataFrame.unionByName, found)

    def _records_in(self, file: str, file_id: str, schema: T.StructType) -> DataFrame:
        rows = self._database.rows(self._slices(Range.of(file)), schema)
        binary = {one.name for one in rows.schema if isinstance(one.dataType, T.BinaryType)}
        values = [
            F.base64(F.col(name)).alias(name) if name in binary else F.col(name)
            for name in sorted(rows.columns)
        ]
        number = self._database.cursor_number(self.settings.cursor)
        key = F.to_json(F.struct(*[F.col(one).cast("string") for one in self.settings.keys]))
        identity = hashed(F.lit(self.source.name), F.lit(self._stream), key, number.cast("string"))
        named = rows.select(
            identity.alias("record_id"), number.alias("position"), F.struct(*values).alias("row")
        )
        return named.mapInArrow(_as_records, _RECORD_COLUMNS).select(
            "record_id",
            F.lit(file_id).alias("file_id"),
            F.lit(file).alias("file"),
            "position",
            "raw",
            F.lit(None).cast("timestamp").alias("delivered_at"),
        )

    def _slices(self, one: Range) -> list[tuple[int | None, int | None]]:
        """The range in one part per connection."""
        end = self._parsed(one.end)
        if one.start == _FIRST:
            return [(None, end)]
        start = self._parsed(one.start)
        count = min(self.settings.connections, end - start)
        edges = [start + (end - start) * step // count for step in range(count + 1)]
        return list(pairwise(edges))

    def _newest(self, high: int, schema: T.StructType) -> int:
        """The largest cursor of this run."""
        if self.settings.cursor_kind == "number":
            return high - (self.settings.lag or 0)
        lag = _LAG_SECONDS if self.settings.lag is None else self.settings.lag
        is_plain = isinstance(schema[self.settings.cursor].dataType, T.TimestampNTZType)
        zone = ZoneInfo(self.settings.zone if is_plain else "UTC")
        return micros_of(self.now.astimezone(zone).replace(tzinfo=None)) - lag * 1_000_000

    def _written(self, number: int) -> str:
        return str(number) if self.settings.cursor_kind == "number" else moment_text(number)

    def _parsed(self, text: str) -> int:
        if self.settings.cursor_kind == "number":
            return int(text)
        return micros_of(datetime.fromisoformat(text))

    def _schema(self) -> T.StructType:
        schema = self._database.schema()
        named = {self.settings.cursor, *self.settings.keys}
        named |= {*self.source.mapped_columns}
        at = f"table {self.settings.name} at {self.settings.url}"
        if unknown := sorted(named - set(schema.names)):
            raise SourceUnreadable(
                f"{at}: no column {unknown}; found {schema.names}; correct columns, keys or cursor"
            )
        kind = schema[self.settings.cursor].dataType
        wanted = _MOMENTS if self.settings.cursor_kind == "timestamp" else _WHOLE
        is_whole = isinstance(kind, T.DecimalType) and kind.scale == 0 and wanted is _WHOLE
        if not isinstance(kind, wanted) and not is_whole:
            expected = self.settings.cursor_kind
            raise SourceUnreadable(
                f"{at}: cursor {self.settings.cursor}: expected cursor_kind {expected}, "
                f"found {kind.simpleString()}; correct cursor or cursor_kind"
            )
        return schema


def range_ends(
    span: tuple[int, int], count: int, most: int, count_of: Callable[[int, int], int]
) -> Iterator[int]:
    """Ends of ranges (start, end] of at most `most` rows, found by halving the span.

    `count` is its number of rows, `count_of` that of a part. Rows with equal cursors stay together.
    """
    waiting = [(*span, count)]
    while waiting:
        start, end, rows = waiting.pop()
        if rows > most and end - start > 1:
            middle = (start + end) // 2
            lower = count_of(start, middle)
            waiting += [(middle, end, rows - lower), (start, middle, lower)]
        elif rows:
            yield end


def _as_records(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        row = batch.column("row")
        names = [field.name for field in row.type]
        texts = pa.table({name: as_text(row.field(name)) for name in names})
        raws = pa.array(rows_as_json(texts), pa.binary())
        columns = [batch.column("record_id"), batch.column("position"), raws]
        yield pa.record_batch(columns, names=["record_id", "position", "raw"])
