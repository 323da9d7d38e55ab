from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from cdp_spark.lake import ContractBroken, Lake, commits, control
from cdp_spark.lake.storage import version_of
from cdp_spark.tables.bronze import FILE

_NOW = datetime(2025, 1, 31, tzinfo=UTC)


def _files(*names: str, **changed: Any) -> pa.Table:
    rows = [
        {"file_id": name, "source": name[0], "file": name, "sha256": "s", "size_bytes": 1,
         "modified_at": _NOW, "record_count": 1, "is_rejected": False, "batch": 1,
         "taken_at": _NOW, **changed}
        for name in names
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=FILE.arrow_schema)


@pytest.mark.parametrize("is_on_driver", [True, False])
def test_rows_that_differ_are_inserted_or_updated_and_others_left_alone(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, *, is_on_driver: bool
) -> None:
    if not is_on_driver:
        monkeypatch.setattr(commits, "driver_table", lambda *_: None)
        monkeypatch.setattr(control, "opened_table", lambda *_: None)
    lake.merge_rows(FILE, _files("a1", "a2", "b1"))
    version = version_of(lake.root, FILE)
    lake.merge_rows(FILE, _files("a1", "b1"))
    assert version_of(lake.root, FILE) == version
    lake.merge_rows(FILE, _files("a1", "a3", record_count=9))
    entry = lake.ledger.writes[FILE.name]
    assert (entry["inserted_count"], entry["updated_count"], entry["deleted_count"]) == (4, 1, 0)
    found = lake.fetch(FILE, source="a")
    counts = {row["file"]: row["record_count"] for row in found.to_pylist()}
    assert counts == {"a1": 9, "a2": 1, "a3": 9}
    assert found.schema == FILE.arrow_schema
    assert lake.fetch(FILE).num_rows == lake.read(FILE).count() == 4


def test_rows_that_break_the_contract_are_rejected(lake: Lake) -> None:
    schema = pa.schema([pa.field(one.name, one.type) for one in FILE.arrow_schema])
    rows = _files("a").to_pylist()
    twice = pa.Table.from_pylist([rows[0] | {"file": None}] * 2, schema=schema)
    with pytest.raises(
        ContractBroken, match=r"bronze\.file: file is required, but null in 2 rows; key .* twice"
    ):
        lake.merge_rows(FILE, twice)
    assert lake.fetch(FILE).num_rows == 0
