"""The ways records are delivered: in a folder of files, in a topic, in a table of a database.

Comes in: what bronze.file knows of a source. Goes out: what can be taken next, and its records.
Always true: what a batch takes is told before it is read and does not depend on when it is read.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from cdp_spark.sources import known_formats
from cdp_spark.sources.deliveries.folder import Folder
from cdp_spark.sources.deliveries.kafka import Kafka
from cdp_spark.sources.deliveries.table import DatabaseTable
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.terms.promises import Promises


class Delivery(Protocol):
    """One source's way of delivering."""

    @property
    def counts_on_check(self) -> bool:
        """Whether `checked` says how many records there are; else they are counted when read."""

    def listed(self, known: pa.Table) -> Iterator[pa.Table]:
        """What is there to be taken, a table per batch; `known` is the source's bronze.file.

        Raises:
            SourceUnreadable: it can't be reached.
        """

    def checked(self, files: pa.Table) -> pa.Table:
        """What was listed or planned, with the reason where it can't be read (any more).

        Raises:
            SourceUnreadable: records are lost, and nobody has said to go on without them.
        """

    def records(self, files: pa.Table) -> DataFrame:
        """One row per record of what was planned.

        Columns: record_id, the same in whatever file or range it comes; file_id, file, position,
        raw, delivered_at.
        """


def delivery_of(
    source: SourceSettings, spark: SparkSession, folder: str, longest_record: int, now: datetime
) -> Delivery:
    """The way a source is delivered; `folder` is where its path leads, if it has one."""
    if source.kafka:
        return Kafka(spark, source.name, source.kafka)
    if source.table:
        return DatabaseTable(spark, source, source.table, now)
    layout = known_formats()[source.format].layout
    return Folder(spark, folder, layout, longest_record, source.reading)


def origin_of(source: SourceSettings) -> dict[str, str]:
    """What every record of a source is labelled with: format, organisation and region."""
    labels: dict[str, str] = source.model_dump(include={"format", "organisation", "region"})
    return labels


def promises_of(source: SourceSettings, *, is_readable: bool) -> Promises:
    """What can be checked of a source; where it can't be read, only how long it has been silent."""
    made = source.deliveries
    return made if is_readable else Promises(freshness=made.freshness)
