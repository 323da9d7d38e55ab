"""A lake that notes what a job asks of it."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cdp_spark.lake import Lake
from cdp_spark.tables import Table
from cdp_spark.tables.writes import Write, Written

Noted = dict[str, tuple[set[str], set[str]]]
_READING = ("read", "changes", "fetch")
_WRITING = ("append_once", "merge_rows")


@pytest.fixture(scope="module")
def noted() -> Noted:
    """Job → names of the tables it has read, and of those it has written."""
    return {}


@pytest.fixture(scope="module")
def recording_lake(noted: Noted) -> type[Lake]:
    """A kind of lake that notes in `noted` which tables a job reads and writes."""

    def note(lake: Lake, place: int, table: Table) -> None:
        noted.setdefault(lake.run.job, (set(), set()))[place].add(table.name)

    def noting(method: Callable[..., Any], place: int) -> Callable[..., Any]:
        def called(lake: Lake, table: Table, *given: Any, **named: Any) -> Any:
            note(lake, place, table)
            return method(lake, table, *given, **named)

        return called

    class RecordingLake(Lake):
        """The lake, with a record of how it is used."""

        def publish(self, changes: Mapping[Table, Write]) -> dict[Table, Written]:
            for table in changes:
                note(self, 1, table)
            return super().publish(changes)

    for place, names in enumerate((_READING, _WRITING)):
        for name in names:
            setattr(RecordingLake, name, noting(getattr(Lake, name), place))
    return RecordingLake
