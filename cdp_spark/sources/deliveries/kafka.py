"""A Kafka topic, taken in ranges of offsets.

Only what is committed is taken: of transactions that were rolled back nothing, of open ones
nothing yet. Offsets without a record (compacted, markers of transactions) are none.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.offsets import Topic, client_options, topic_of
from cdp_spark.sources.ranges import CUT, Range, checked_ranges, ends_of, listed_ranges
from cdp_spark.sources.settings import KafkaSettings
from cdp_spark.values.moment import in_calendar
from cdp_spark.values.token import hashed

_LOST, _GONE = "lost_offsets", "end"
_RECORDS = (
    "record_id string, file_id string, file string, position long, raw binary, "
    "delivered_at timestamp"
)


@dataclass(frozen=True)
class Kafka:
    """The partitions of a topic; an offset that was to come next and is gone stops the source."""

    spark: SparkSession
    source: str
    settings: KafkaSettings
    counts_on_check: bool = False

    def listed(self, known: pa.Table) -> Iterator[pa.Table]:
        """Ranges of at most `most_records` offsets a batch, up to what is committed now.

        Ranges that are lost come first, in a batch of their own. A partition that was added later
        is taken from its start.
        """
        topic, ends = topic_of(self.spark, self.settings), ends_of(known)
        mine = {stream: end for stream, end in ends.items() if stream.startswith(f"{topic.name}:")}
        gaps = [*gaps_of(topic, mine)]
        if gaps:
            yield listed_ranges(gaps)
        passed = mine | {gap.stream: gap.end for gap in gaps}
        starts = {one: _start(topic, one, passed) for one in topic.offsets}
        if not mine and self.settings.starting == "latest":
            starts = {one: following for one, (_, following) in topic.offsets.items()}
            here = [_range(topic, one, start, start) for one, start in starts.items()]
            yield listed_ranges(here)  # else the next run would begin later
        pending = [
            (one, starts[one], following)
            for one, (_, following) in topic.offsets.items()
            if starts[one] < following
        ]
        for parts in portions(pending, self.settings.most_records):
            yield listed_ranges([_range(topic, *part) for part in parts])

    def checked(self, files: pa.Table) -> pa.Table:
        """The ranges; those that can't be read are refused, if `accept_gaps` names their start.

        `lost_offsets`: nothing of it is there; `cut_offsets`: only a later part of it, which is
        taken by a range of its own.

        Raises:
            SourceUnreadable: a range can't be read and `accept_gaps` does not name it.
        """
        topic = topic_of(self.spark, self.settings)
        ranges = [Range.of(file) for file in files["file"].to_pylist()]
        lost = {one: why for one in ranges if (why := why_lost(topic, one))}
        unheard = [one for one in lost if one.place not in self.settings.accept_gaps]
        if unheard:
            raise SourceUnreadable(_complaint(topic, self.settings, unheard))
        return checked_ranges(files, {one.file: why for one, why in lost.items()})

    def records(self, files: pa.Table) -> DataFrame:
        """The messages of the ranges; one is named by source, topic, partition and offset.

        A message without a value, which in a compacted topic deletes its key, has no bytes.
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
        offset = F.col("offset").cast("string")
        return messages.select(
            hashed(F.lit(self.source), F.col("stream"), offset).alias("record_id"),
            "file_id",
            "file",
            F.col("offset").alias("position"),
            F.coalesce("value", F.unhex(F.lit(""))).alias("raw"),
            in_calendar(F.col("timestamp")).alias("delivered_at"),
        )

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
    """Ranges between what was to come next and what is there."""
    streams = {topic.stream(one): offsets for one, offsets in topic.offsets.items()}
    for stream, end in sorted(ends.items()):
        if stream not in streams:
            if end != _GONE:
                yield Range(stream, end, _GONE)
            continue
        first, following = streams[stream]
        if not first <= int(end) <= following:
            yield Range(stream, end, str(first if int(end) < first else following))


def why_lost(topic: Topic, one: Range) -> str | None:
    """Why a range can't be read whole; none where it can."""
    offsets = {topic.stream(partition): found for partition, found in topic.offsets.items()}
    if one.stream not in offsets or one.end == _GONE:
        return _LOST
    (first, following), start, end = offsets[one.stream], int(one.start), int(one.end)
    if first <= start <= end <= following:
        return None
    return _LOST if end <= first or end < start else CUT


def _complaint(topic: Topic, settings: KafkaSettings, lost: list[Range]) -> str:
    faults = []
    for one in lost:
        found = topic.offsets.get(_partition(one))
        there = "no such partition" if found is None else f"offsets {found[0]} to {found[1]}"
        is_new = not one.stream.startswith(f"{topic.name}:{topic.id}/")
        new = "another topic made under its name, " if is_new else ""
        faults.append(
            f"partition {_partition(one)}: expected offset {one.start} next, found {new}{there}"
        )
    places = ", ".join(f"'{one.place}'" for one in lost)
    return (
        f"kafka topic {topic.name} at {settings.servers}: {'; '.join(faults)}; records are lost. "
        f"To go on without them add to kafka.accept_gaps of the source: {places}"
    )


def portions(
    pending: list[tuple[int, int, int]], most: int
) -> Iterator[list[tuple[int, int, int]]]:
    """(partition, start, end) in portions of at most so many offsets, dealt out evenly."""
    while pending:
        turn = pending[:most]
        share = most // len(turn)
        yield [(one, start, min(end, start + share)) for one, start, end in turn]
        rest = [(one, start + share, end) for one, start, end in turn if start + share < end]
        pending = [*pending[most:], *rest]
