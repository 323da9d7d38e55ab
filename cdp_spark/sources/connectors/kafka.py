"""A Kafka topic, read in ranges of offsets.

Only committed messages are read, not those of aborted or open transactions. Offsets without a
message (compacted ones, transaction markers) are skipped.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.offsets import Topic, client_options, topic_of
from cdp_spark.sources.ranges import CUT, Range, checked_ranges, listed_ranges, newest_ends
from cdp_spark.sources.settings import KafkaSettings
from cdp_spark.sources.splits import Split, split_messages
from cdp_spark.values.moment import in_calendar
from cdp_spark.values.token import hashed

_LOST, _GONE = "lost_offsets", "end"
_RECORDS = (
    "record_id string, file_id string, file string, position long, raw binary, "
    "delivered_at timestamp"
)


@dataclass(frozen=True)
class Kafka:
    """The partitions of a topic; the source stops if its next offset is lost."""

    spark: SparkSession
    source: str
    settings: KafkaSettings
    split: Split | None = None
    counts_on_check: bool = False

    def listed(self, known: pa.Table) -> Iterator[pa.Table]:
        """Ranges of at most `most_records` offsets a batch, up to the last committed one.

        Lost ranges come first, in a batch of their own. A partition that was added later is read
        from its start.
        """
        topic, ends = topic_of(self.spark, self.settings), newest_ends(known)
        known_ends = {
            stream: end for stream, end in ends.items() if stream.startswith(f"{topic.name}:")
        }
        gaps = [*gaps_of(topic, known_ends)]
        if gaps:
            yield listed_ranges(gaps)
        passed = known_ends | {gap.stream: gap.end for gap in gaps}
        starts = {one: _start(topic, one, passed) for one in topic.offsets}
        if not known_ends and self.settings.starting == "latest":
            starts = {one: following for one, (_, following) in topic.offsets.items()}
            here = [_range(topic, one, start, start) for one, start in starts.items()]
            yield listed_ranges(here)  # else the next run would start at a later offset
        pending = [
            (one, starts[one], following)
            for one, (_, following) in topic.offsets.items()
            if starts[one] < following
        ]
        for parts in offset_batches(pending, self.settings.most_records):
            yield listed_ranges([_range(topic, *part) for part in parts])

    def checked(self, files: pa.Table) -> pa.Table:
        """The ranges; unreadable ones are rejected if `accept_gaps` names their start.

        `lost_offsets`: all of it is lost; `cut_offsets`: the beginning is lost, and the rest is
        read as a range of its own.

        Raises:
            SourceUnreadable: a range can't be read and `accept_gaps` does not name it.
        """
        topic = topic_of(self.spark, self.settings)
        ranges = [Range.of(file) for file in files["file"].to_pylist()]
        lost = {one: reason for one in ranges if (reason := loss_reason(topic, one))}
        unaccepted = [one for one in lost if one.place not in self.settings.accept_gaps]
        if unaccepted:
            raise SourceUnreadable(_gap_error(topic, self.settings, unaccepted))
        return checked_ranges(files, {one.file: reason for one, reason in lost.items()})

    def records(self, files: pa.Table) -> DataFrame:
        """The messages of the ranges; `record_id` is a hash of source, partition and offset.

        A message without a value (a tombstone in a compacted topic) has no bytes. Of a message that
        holds several records, the second and later ones have their number in the hash.
        """
        planned = files.select(["file_id", "file"]).to_pylist()  # one row per partition
        parts = {row["file"]: Range.of(row["file"]) for row in planned}
        filled = [one for one in parts.values() if one.start != one.end]
        if not filled:
            return self.spark.createDataFrame([], _RECORDS)
        rows = [
            (row["file_id"], row["file"], one.stream, _partition(one))
            for row in planned
            if (one := parts[row["file"]]) in filled
        ]
        ranges = self.spark.createDataFrame(
            rows, "file_id string, file string, stream string, partition int"
        )
        messages = self._messages(filled).join(F.broadcast(ranges), on="partition", how="inner")
        found = messages.select(
            "stream",
            "file_id",
            "file",
            F.col("offset").alias("position"),
            F.coalesce("value", F.unhex(F.lit(""))).alias("raw"),
            in_calendar(F.col("timestamp")).alias("delivered_at"),
        )
        place = F.col("position").cast("string")
        if self.split:
            found = split_messages(found, self.split)
            place = F.concat_ws("/", place, F.col("part").cast("string"))
        record_id = hashed(F.lit(self.source), F.col("stream"), place).alias("record_id")
        return found.select(record_id, "file_id", "file", "position", "raw", "delivered_at")

    def _messages(self, ranges: list[Range]) -> DataFrame:
        topic = self.settings.topic
        starts = {str(_partition(one)): int(one.start) for one in ranges}
        ends = {str(_partition(one)): int(one.end) for one in ranges}
        assigned = {topic: [int(partition) for partition in starts]}
        client = {f"kafka.{name}": value for name, value in client_options(self.settings).items()}
        options = client | {
            "kafka.isolation.level": "read_committed",
            "assign": json.dumps(assigned),
            "startingOffsets": json.dumps({topic: starts}),
            "endingOffsets": json.dumps({topic: ends}),
            "failOnDataLoss": "true",
        }
        return self.spark.read.format("kafka").options(**options).load()


def _range(topic: Topic, partition: int, start: int, end: int) -> Range:
    return Range(topic.stream(partition), str(start), str(end))


def _partition(one: Range) -> int:
    return int(one.stream.rsplit("/", 1)[1])


def _start(topic: Topic, partition: int, ends: dict[str, str]) -> int:
    return int(ends.get(topic.stream(partition), topic.offsets[partition][0]))


def gaps_of(topic: Topic, ends: dict[str, str]) -> Iterator[Range]:
    """Ranges between the next expected offset and the first available one."""
    streams = {topic.stream(one): offsets for one, offsets in topic.offsets.items()}
    for stream, end in sorted(ends.items()):
        if stream not in streams:
            if end != _GONE:
                yield Range(stream, end, _GONE)
            continue
        first, following = streams[stream]
        if not first <= int(end) <= following:
            yield Range(stream, end, str(first if int(end) < first else following))


def loss_reason(topic: Topic, one: Range) -> str | None:
    """Why a range can't be read completely; None if it can."""
    offsets = {topic.stream(partition): found for partition, found in topic.offsets.items()}
    if one.stream not in offsets or one.end == _GONE:
        return _LOST
    (first, following), start, end = offsets[one.stream], int(one.start), int(one.end)
    if first <= start <= end <= following:
        return None
    return _LOST if end <= first or end < start else CUT


def _gap_error(topic: Topic, settings: KafkaSettings, lost: list[Range]) -> str:
    errors = []
    for one in lost:
        found = topic.offsets.get(_partition(one))
        available = "no such partition" if found is None else f"offsets {found[0]} to {found[1]}"
        is_new = not one.stream.startswith(f"{topic.name}:{topic.id}/")
        new = "a new topic of the same name, " if is_new else ""
        errors.append(
            f"partition {_partition(one)}: expected offset {one.start} next, found {new}{available}"
        )
    places = ", ".join(f"'{one.place}'" for one in lost)
    return (
        f"kafka topic {topic.name} at {settings.servers}: {'; '.join(errors)}; records are lost. "
        f"To continue without them, add to kafka.accept_gaps of the source: {places}"
    )


def offset_batches(
    pending: list[tuple[int, int, int]], most: int
) -> Iterator[list[tuple[int, int, int]]]:
    """(partition, start, end) in batches of at most `most` offsets, shared evenly."""
    while pending:
        current = pending[:most]
        share = most // len(current)
        yield [(one, start, min(end, start + share)) for one, start, end in current]
        rest = [(one, start + share, end) for one, start, end in current if start + share < end]
        pending = [*pending[most:], *rest]
