"""refine_events: the same tables from any order, any batching, batch or stream, killed or not."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import functions as F

from cdp_spark.lake import Append, ContractBroken, Lake
from cdp_spark.lake.fingerprint import content_hash
from cdp_spark.lake.storage import path_of
from cdp_spark.settings import Settings, load
from cdp_spark.silver import unbalanced
from cdp_spark.tables import Table
from cdp_spark.tables.audience import SUPPRESSION
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import DUPLICATE, EVENT, KEY, QUALITY, REJECTED, SHAPE, SIGHTING
from cdp_spark.tables.writes import Write, Written
from jobs.refine_events import run

Opened = Callable[..., Lake]
Record = tuple[str, int, bytes]
_SILVER = (EVENT, SIGHTING, REJECTED, DUPLICATE, QUALITY, SHAPE, KEY)
_KEY = b"a key of 16 bytes"
_GONE = "erased.person@shop.net"

_LANDED = datetime(2025, 1, 31, tzinfo=UTC)
_FAR = "290000-01-01T00:00:00Z"  # no span can be counted between such times


def _line(key: str, hour: int, **others: Any) -> bytes:
    fields = {"messageId": key, "type": "track", "receivedAt": f"2025-01-01T{hour:02}:00:00Z"}
    return json.dumps(fields | others).encode()


_TWICE = _line("twice", 5, userId="u-twice", traits={"email": "kept.secret@shop.net"})
_BATCHES: tuple[tuple[Record, ...], ...] = (
    (
        ("r01", 1, _line("late", 2, userId="u-late")),
        ("r02", 1, _TWICE),
        ("r03", 1, _TWICE),
        ("r04", 1, b"<html>502</html>"),
        ("r05", 1, _line("amount", 1, timestamp="1999-12-31T00:00:00Z")),
        ("r06", 1, _line("erased", 1, traits={"email": _GONE.upper()})),
        ("r21", 1, _line("year", 1, timestamp="20000-01-01T00:00:00Z")),
        ("r22", 1, _line("far", 1, receivedAt=_FAR, sentAt=f"-{_FAR}", originalTimestamp=_FAR)),
        ("r07", 1, _line("junk", 1, userId="null", anonymousId="0000", traits={"email": "x"})),
    ),
    (
        ("r08", 2, _line("late", 1, userId="u-early", traits={"phone": "05551234567"})),
        ("r09", 2, _TWICE),
        ("r10", 2, _line("erased", 3, userId="u-other")),
        ("r11", 2, _line("flip", 1, userId=7, properties="text", context=[1])),
    ),
    (
        ("r12", 3, _line("late", 3, userId="u-last")),
        ("r13", 3, _line("amount", 4, properties={"total": "12.50"})),
        ("r14", 3, _line("erased", 2, userId={"id": 1}, traits={"email": _GONE})),
    ),
)


@pytest.fixture(autouse=True)
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One key for all lakes of a test: their tokens can be compared."""
    (tmp_path / "key").write_bytes(_KEY)
    monkeypatch.setenv("CDP_KEY_FILE", str(tmp_path / "key"))


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(Path(__file__).parents[2] / "conf")


def _token(kind: str, value: str) -> str:
    return hmac.new(_KEY, f"{kind}\x1f{value}".encode(), hashlib.sha256).hexdigest()[:32]


def _begun(lake: Lake, name: str) -> Lake:
    """A run on another lake, in which one person is suppressed."""
    fresh = Lake(lake.spark, f"{lake.root}-{name}", lake.run)
    suppressed = {"identifier_key": _token("email", _GONE)}
    fresh.merge(SUPPRESSION, sample(lake.spark, SUPPRESSION, suppressed))
    return fresh


def _deliver(lake: Lake, *records: Record) -> None:
    given: list[dict[str, Any]] = [
        {"record_id": name, "raw": raw, "batch": batch, "source": "web", "landed_at": _LANDED}
        for name, batch, raw in records
    ]
    rows = sample(lake.spark, RECORD, *given).withColumn("raw_hash", F.xxhash64("raw"))
    number = int(hashlib.sha256(repr(records).encode()).hexdigest()[:8], 16)
    lake.append_once(RECORD, rows.select(*RECORD.columns), f"test-{number}", 1)


def _run(opened: Opened, root: str, settings: Settings, kind: type[Lake] = Lake) -> Lake:
    lake_opened = opened("refine_events")
    lake = kind(lake_opened.spark, root, lake_opened.run)
    run(lake, settings)
    lake.finish(0.0)
    return lake


def _opened(opened: Opened, root: str) -> Lake:
    lake = opened()
    return Lake(lake.spark, root, lake.run)


def _contents(opened: Opened, root: str) -> dict[str, tuple[int, Decimal]]:
    lake = _opened(opened, root)
    return {table.name: content_hash(lake.read(table), table) for table in _SILVER}


class KilledLake(Lake):
    """A lake that ends the run after the rejected rows were committed, before the events."""

    def publish(self, changes: Mapping[Table, Write]) -> dict[Table, Written]:
        super().publish(dict(list(changes.items())[:4]))
        raise RuntimeError("killed")


class LosingLake(Lake):
    """A lake that loses an accepted row on its way."""

    def publish(self, changes: Mapping[Table, Write]) -> dict[Table, Written]:
        events = changes[EVENT]
        assert isinstance(events, Append)
        fewer = replace(events, rows=events.rows.limit(events.rows.count() - 1))
        return super().publish({**changes, EVENT: fewer})


def test_any_order_and_batching_ends_with_the_same_tables(
    open_lake: Opened, settings: Settings
) -> None:
    whole = _begun(open_lake(), "whole")
    _deliver(whole, *[record for batch in _BATCHES for record in batch])
    _a_lost_row_stops_the_run(open_lake, whole.root, settings)
    again = _run(open_lake, whole.root, settings)
    # All but the row that got lost were there already.
    assert [one["inserted_count"] for one in again.ledger.writes.values()] == [0, 0, 0, 0, 0, 0, 1]
    _as_they_should_be(_opened(open_lake, whole.root))

    mixed = _begun(open_lake(), "mixed")
    _deliver(mixed, *reversed(_BATCHES[2]))
    with pytest.raises(RuntimeError, match="killed"):
        _run(open_lake, mixed.root, settings, KilledLake)
    _run(open_lake, mixed.root, settings)
    _deliver(mixed, *reversed(_BATCHES[1]))
    _run(open_lake, mixed.root, settings)
    _deliver(mixed, *reversed(_BATCHES[0]))
    _run(open_lake, mixed.root, settings)
    assert _contents(open_lake, mixed.root) == _contents(open_lake, whole.root)


def _a_lost_row_stops_the_run(opened: Opened, root: str, settings: Settings) -> None:
    with pytest.raises(ContractBroken, match=r"received is not accepted . rejected . duplicate"):
        _run(opened, root, settings, LosingLake)
    lake = _opened(opened, root)
    outcomes = [lake.read(table) for table in (EVENT, REJECTED, DUPLICATE)]
    (fault,) = unbalanced(lake.read(RECORD), outcomes).collect()
    assert fault["received_count"] == fault["accounted_count"] + 1


def test_a_dry_run_writes_nothing_and_finds_no_fault(open_lake: Opened, settings: Settings) -> None:
    lake = open_lake()
    _deliver(lake, *_BATCHES[1])
    dry = open_lake("refine_events")
    run(Lake(lake.spark, lake.root, replace(dry.run, is_dry=True)), settings)
    assert [open_lake().read(table).count() for table in _SILVER] == [0] * len(_SILVER)


def _as_they_should_be(lake: Lake) -> None:
    events = {
        row["event_id"]: row
        for row in lake.read(EVENT).drop("properties", "traits", "context").collect()
    }
    assert {name: row["record_id"] for name, row in events.items()} == {
        "late": "r08", "twice": "r02", "junk": "r07", "erased": "r10", "flip": "r11",
        "amount": "r13", "year": "r21", "far": "r22",
    }  # fmt: skip
    assert events["amount"]["amount"] == Decimal("12.50")
    rejected = {
        row["record_id"]: (row["reason"], row["raw"] is not None)
        for row in lake.read(REJECTED).collect()
    }
    assert rejected == {
        "r04": ("not_json", True),
        "r05": ("time_out_of_range", True),
        "r06": ("suppressed", False),
        "r14": ("suppressed", False),
    }
    held = ["ahead_of_receipt: event_at"]
    assert [events[name]["warnings"] for name in ("late", "year", "far")] == [None, held, held]
    duplicates = {row["record_id"] for row in lake.read(DUPLICATE).collect()}
    assert duplicates == {"r01", "r03", "r09", "r12"}
    keys = {row["event_key"]: name for name, row in events.items()}
    sightings = {
        (keys[row["event_key"]], row["record_id"], row["identifier_key"])
        for row in lake.read(SIGHTING).collect()
    }
    assert sightings == {
        ("late", "r08", _token("user_id\x1fweb", "u-early")),
        ("late", "r08", _token("phone", "+905551234567")),
        ("twice", "r02", _token("user_id\x1fweb", "u-twice")),
        ("twice", "r02", _token("email", "kept.secret@shop.net")),
        ("erased", "r10", _token("user_id\x1fweb", "u-other")),
        ("flip", "r11", _token("user_id\x1fweb", "7")),
    }
    _no_value_in_any_log(lake)


def _no_value_in_any_log(lake: Lake) -> None:
    logs = [
        file
        for table in _SILVER
        for file in (Path(path_of(lake.root, table)) / "_delta_log").rglob("*")
        if file.is_file()
    ]
    text = b"".join(file.read_bytes() for file in logs).lower()
    assert b"event_key" in text
    for value in (b"kept.secret", b"erased.person", b"5551234567", b"u-twice", b"u-early", _KEY):
        assert value not in text
