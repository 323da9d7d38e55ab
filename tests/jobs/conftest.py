"""A lake that notes what a job asks of it."""

from collections.abc import Mapping
from typing import Any

import pytest
from pyspark.sql import DataFrame

from cdp_spark.lake import Lake
from cdp_spark.tables import Table
from cdp_spark.tables.writes import Write, Written

Noted = dict[str, tuple[set[str], set[str]]]


@pytest.fixture(scope="module")
def noted() -> Noted:
    """Job → names of the tables it has read, and of those it has written."""
    return {}


@pytest.fixture(scope="module")
def recording_lake(noted: Noted) -> type[Lake]:
    """A kind of lake that notes in `noted` which tables a job reads and writes."""

    def note(lake: Lake, place: int, table: Table) -> None:
        noted.setdefault(lake.run.job, (set(), set()))[place].add(table.name)

    class RecordingLake(Lake):
        """The lake, with a note of what is asked of it."""

        def read(self, table: Table, as_of: int | None = None) -> DataFrame:
            note(self, 0, table)
            return super().read(table, as_of)

        def changes(self, table: Table, **named: Any) -> DataFrame:
            note(self, 0, table)
            return super().changes(table, **named)

        def append_once(self, table: Table, *given: Any, **named: Any) -> None:
            note(self, 1, table)
            super().append_once(table, *given, **named)

        def publish(self, changes: Mapping[Table, Write]) -> dict[Table, Written]:
            for table in changes:
                note(self, 1, table)
            return super().publish(changes)

    return RecordingLake
