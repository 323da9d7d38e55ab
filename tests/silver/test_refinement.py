import json
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.launch import project_folder
from cdp_spark.settings import load
from cdp_spark.silver import Normalisation, RefinementOptions, Tokens, silver_writes
from cdp_spark.silver.refinement import SilverWrites
from cdp_spark.sources.parsers import parsers_of
from cdp_spark.tables import Table
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import (
    DUPLICATE,
    EVENT,
    KEY,
    QUALITY,
    REJECTED,
    REPLAY,
    SHAPE,
    SIGHTING,
)
from cdp_spark.tables.writes import Append, Overwrite
from cdp_spark.values.token import key_pads

_FIRST, _LATER = "2025-01-05T10:00:00Z", "2025-01-05T11:00:00Z"


class Memory:
    """Stored rows and kept frames, without a lake."""

    def __init__(self, spark: SparkSession, stored: dict[Table, DataFrame]) -> None:
        self.spark, self.stored = spark, stored
        self.read_tables: list[str] = []

    def read(self, table: Table) -> DataFrame:
        self.read_tables.append(table.name)
        return self.stored.get(table, sample(self.spark, table).limit(0))

    def materialize(self, name: str, rows: DataFrame) -> DataFrame:
        del name
        return rows.localCheckpoint()

    def count(self, rows: DataFrame) -> int:
        return rows.count()


def _raw(message: str, received: str = _FIRST) -> bytes:
    message_fields = {"messageId": message, "type": "page", "userId": "u-1", "receivedAt": received}
    return json.dumps(message_fields | {"timestamp": received}).encode()


def _records(spark: SparkSession, *given: tuple[str, bytes]) -> DataFrame:
    rows: list[dict[str, Any]] = [
        {"record_id": name, "raw": raw, "batch": 1, "source": "web"} for name, raw in given
    ]
    return sample(spark, RECORD, *rows).withColumn("raw_hash", F.xxhash64("raw"))


@pytest.fixture
def refining(spark: SparkSession) -> RefinementOptions:
    settings = load(project_folder() / "conf")
    tokens, rules = Tokens(key_pads(spark, b"k" * 32)), settings.quality.rules
    normalisation = Normalisation(settings.spellings, settings.quality.clock_tolerance)
    return RefinementOptions(parsers_of(settings.sources), rules, tokens, normalisation, "a run")


def _refined(
    spark: SparkSession, refining: RefinementOptions, records: DataFrame, **stored: Any
) -> SilverWrites:
    found = silver_writes(
        records, sample(spark, REPLAY).limit(0), refining, Memory(spark, stored.get("stored", {}))
    )
    assert found is not None
    return found


def test_records_of_new_keys_are_appended_and_events_come_last(
    spark: SparkSession, refining: RefinementOptions
) -> None:
    given = _records(spark, ("a", _raw("m1")), ("b", _raw("m2")), ("c", b"{"))
    found = _refined(spark, refining, given)
    order = (SHAPE, QUALITY, REJECTED, DUPLICATE, KEY, SIGHTING, EVENT)
    assert tuple(found.writes) == order
    appended = {table: write for table, write in found.writes.items() if isinstance(write, Append)}
    assert set(appended) == set(order[2:])
    counts = {table.name: write.rows.count() for table, write in appended.items()}
    assert counts == {
        "silver.rejected": 1, "silver.duplicate": 0, "silver.key": 2, "silver.sighting": 2,
        "silver.event": 2,
    }  # fmt: skip
    for table, write in appended.items():
        assert write.most is not None
        assert write.most >= counts[table.name]
        assert write.updated is None


def test_of_two_records_of_one_key_the_later_one_is_a_duplicate(
    spark: SparkSession, refining: RefinementOptions
) -> None:
    given = _records(spark, ("late", _raw("m1", _LATER)), ("early", _raw("m1")))
    writes = _refined(spark, refining, given).writes
    doubled, events = writes[DUPLICATE], writes[EVENT]
    assert isinstance(doubled, Append)
    assert isinstance(events, Append)
    assert [row["record_id"] for row in doubled.rows.collect()] == ["late"]
    assert [row["record_id"] for row in events.rows.select("record_id").collect()] == ["early"]


def test_an_earlier_payload_takes_the_place_of_a_stored_event(
    spark: SparkSession, refining: RefinementOptions
) -> None:
    first = _refined(spark, refining, _records(spark, ("late", _raw("m1", _LATER))))
    stored = {
        table: write.rows
        for table, write in first.writes.items()
        if isinstance(write, Append) and table in (EVENT, KEY)
    }
    later = _refined(spark, refining, _records(spark, ("early", _raw("m1"))), stored=stored)
    events, sightings = later.writes[EVENT], later.writes[SIGHTING]
    assert isinstance(events, Append)
    assert events.updated is not None
    assert [row["record_id"] for row in events.updated.select("record_id").collect()] == ["early"]
    assert isinstance(sightings, Append)
    assert isinstance(sightings.rebuilt, Overwrite)


def test_nothing_is_written_where_nothing_came(
    spark: SparkSession, refining: RefinementOptions
) -> None:
    none = sample(spark, RECORD).limit(0)
    memory = Memory(spark, {})
    assert silver_writes(none, sample(spark, REPLAY).limit(0), refining, memory) is None
    assert memory.read_tables == []


def test_replayed_records_are_merged_with_stored_ones(
    spark: SparkSession, refining: RefinementOptions
) -> None:
    records = _records(spark, ("a", _raw("m1")))
    requested = sample(spark, REPLAY, {"record_id": "a", "batch": 1, "source": "web"})
    rejected = sample(spark, REJECTED, {"record_id": "a", "reason": "bad_amount"})
    memory = Memory(spark, {RECORD: records, REJECTED: rejected})
    found = silver_writes(records.limit(0), requested, refining, memory)
    assert found is not None
    assert isinstance(found.writes[EVENT], Overwrite)
    freed = found.writes[REJECTED]
    assert isinstance(freed, DataFrame)
    assert [(r["record_id"], r["is_replayed"]) for r in freed.collect()] == [("a", True)]
