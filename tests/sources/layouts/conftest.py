"""One file of a layout, checked and read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdp_spark.sources import Layout
from cdp_spark.sources.files import checked_file
from cdp_spark.sources.layouts import reader_of
from cdp_spark.sources.reading import ReadingSettings

Found = list[tuple[int, Any]]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Found | str]:
    """Position and content of a file's records, JSON where it is; or why the file is rejected."""

    def found(
        layout: Layout, stored: bytes, name: str = "file", longest: int = 1000, **options: Any
    ) -> Found | str:
        file = tmp_path / name
        file.write_bytes(stored)
        reading = ReadingSettings(**options)
        row = {"uri": str(file), "size_bytes": len(stored)}
        checked = checked_file(row, layout, longest, reading)
        if checked["reason"]:
            assert checked["record_count"] == 0
            return str(checked["reason"])
        records = list(reader_of(layout).records(str(file), reading, longest))
        assert len(records) == checked["record_count"]
        assert len({position for position, _ in records}) == len(records)
        return [(position, _shown(raw)) for position, raw in records]

    return found


def _shown(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw
