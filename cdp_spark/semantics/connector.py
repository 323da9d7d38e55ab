"""Connectors, as ingestion calls them: `sources` implements the protocol, `bronze` uses it."""

from collections.abc import Iterator
from typing import Protocol

import pyarrow as pa
from pyspark.sql import DataFrame


class Connector(Protocol):
    """Reads the files of one source, or the ranges of its topic or table."""

    @property
    def counts_on_check(self) -> bool:
        """Whether `checked` gives the number of records; otherwise they are counted when read."""

    def listed(self, known: pa.Table) -> Iterator[pa.Table]:
        """The files or ranges to ingest, one table per batch.

        `known` are the source's rows of bronze.file.

        Raises:
            SourceUnreadable: the source can't be reached; see `sources`.
        """

    def checked(self, files: pa.Table) -> pa.Table:
        """The files or ranges, with a reason for each that can't be read (any more).

        Raises:
            SourceUnreadable: records are lost, and the settings do not accept that.
        """

    def records(self, files: pa.Table) -> DataFrame:
        """One row per record of the planned files or ranges.

        Columns: record_id, which does not depend on the range; file_id, file, position, raw,
        delivered_at.
        """
