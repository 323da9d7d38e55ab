"""Connectors: they read a folder of files, a Kafka topic, or a table of a database.

Comes in: a source's rows of bronze.file. Goes out: the next files or ranges, and their records.
Invariant: the content of a batch is fixed before it is read, and does not depend on when.
"""

from datetime import datetime

from pyspark.sql import SparkSession

from cdp_spark.semantics.connector import Connector
from cdp_spark.semantics.expectations import DeliveryExpectations
from cdp_spark.sources import known_formats
from cdp_spark.sources.connectors.folder import Folder
from cdp_spark.sources.connectors.kafka import Kafka
from cdp_spark.sources.connectors.table import DatabaseTable
from cdp_spark.sources.settings import SourceSettings


def connector_of(
    source: SourceSettings, spark: SparkSession, folder: str, longest_record: int, now: datetime
) -> Connector:
    """The connector of a source; `folder` is its resolved path, if it has one."""
    form = known_formats()[source.format]
    if source.kafka:
        return Kafka(spark, source.name, source.kafka, form.split)
    if source.table:
        return DatabaseTable(spark, source, source.table, now)
    is_snapshot = source.delivery == "snapshot"
    reading = source.file_reading.model_copy(update={"split": form.split})
    return Folder(spark, folder, form.layout, longest_record, reading, source.name, is_snapshot)


def origin_of(source: SourceSettings) -> dict[str, str]:
    """The labels of every record of a source: format, organisation and region."""
    labels: dict[str, str] = source.model_dump(include={"format", "organisation", "region"})
    return labels


def expectations_of(source: SourceSettings, *, is_readable: bool) -> DeliveryExpectations:
    """The source's delivery expectations; only freshness if it can't be read."""
    expected = source.deliveries
    return expected if is_readable else DeliveryExpectations(freshness=expected.freshness)
