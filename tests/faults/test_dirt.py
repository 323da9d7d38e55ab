"""What is delivered wrong: each kind of dirt in a source of its own, all in the same runs.

The records are taken once as they are, and once in another order over two batches. After both
every invariant is checked, and each source's events are the same on both sides.
"""

import io
import json
import os
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import Column, Row, SparkSession
from pyspark.sql import functions as F

from cdp_spark.launch import REJECTIONS, Options, job_named, run_job
from cdp_spark.settings import Settings, load
from cdp_spark.sources.settings import SourcesSettings
from cdp_spark.tables import Table
from cdp_spark.tables.bronze import FILE, RECORD
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.silver import DUPLICATE, EVENT, REJECTED, SHAPE
from tests.faults.dirt import LONGEST, PERSON, ROWS, SOURCES, deliveries, in_batches, written
from tests.faults.invariants import Shares, kept_invariants
from tests.faults.shop import AS_OF
from tests.jobs.worlds import PROJECT, lake_of

# Records of all sources together; 10^4 in the soak and in `cdp verify --faults`.
_SIZE = int(os.environ.get("CDP_FAULT_ROWS", "2000")) // len(ROWS)
_SEED = int(os.environ.get("CDP_FAULT_SEED", "1"))
_JOBS = ("ingest_events", "refine_events")
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Taken:
    """A lake that took the deliveries."""

    spark: SparkSession
    root: Path
    shares: dict[str, Shares]
    other: dict[str, Shares]

    def rows(self, table: Table, row: str, *columns: str | Column) -> list[Row]:
        """Rows of one row of the matrix, by the columns asked for; some thousands at most."""
        lake = lake_of(self.spark, self.root, AS_OF)
        records = lake.read(RECORD).where(_part() == F.lit(row)).select("record_id")
        mine = lake.read(table).join(records, on="record_id", how="left_semi")
        return mine.select(*columns).collect()

    def rejections(self, row: str) -> dict[str, int]:
        """Reason → rejected records."""
        rows = self.rows(REJECTED, row, "reason")
        reasons = [str(one["reason"]) for one in rows]
        return {reason: reasons.count(reason) for reason in reasons}

    def files(self, row: str) -> dict[str, str | None]:
        """File → why it was rejected."""
        rows = lake_of(self.spark, self.root, AS_OF).read(FILE).select("file", "reason").collect()
        found = {one["file"]: one["reason"] for one in rows}
        return {
            file.removeprefix(f"{row}/"): reason
            for file, reason in found.items()
            if file.startswith(f"{row}/")
        }

    def same(self, row: str, tell: Tell) -> Shares:
        """What became of a row's records: the same in another order and batching."""
        mine, other = self.shares[row], self.other[row]
        assert mine.content == other.content, "I3"
        assert mine.accepted == other.accepted, "I3"
        tell(str(mine))
        tell("the same events in another order over two batches")
        return mine


def _part() -> Column:
    """The row of the matrix: the first folder of a record's file."""
    return F.split_part("file", F.lit("/"), F.lit(1))


def _settings(root: Path) -> Settings:
    settings = load(PROJECT / "conf")
    sources = SourcesSettings(entries=SOURCES, longest_record=LONGEST)
    project = settings.project.model_copy(update={"lake": str(root)})
    return settings.model_copy(update={"sources": sources, "project": project})


def _run(spark: SparkSession, settings: Settings, jobs: tuple[str, ...] = _JOBS) -> tuple[str, int]:
    """What the jobs wrote to stderr, and the last one's exit code."""
    with redirect_stderr(io.StringIO()) as log:
        codes = [
            run_job(job_named(name, PROJECT), spark, settings, Options(AS_OF)).code for name in jobs
        ]
    return log.getvalue(), codes[-1]


@pytest.fixture(scope="module")
def taken(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """The deliveries taken in two ways, and the invariants kept in both."""
    everything = deliveries(_SIZE)
    shares = []
    for parts in (1, 2):
        root = tmp_path_factory.mktemp("dirt")
        settings, log = _settings(root), ""
        for some in [everything] if parts == 1 else in_batches(everything, _SEED, parts):
            written(root / "landing", some)
            written_log, code = _run(spark, settings)
            log += written_log
            assert code in (0, REJECTIONS)
        lake = lake_of(spark, root, AS_OF)
        shares.append((root, kept_invariants(lake, PERSON, log, _part())))
    (root, mine), (_, other) = shares
    return Taken(spark, root, mine, other)


@pytest.mark.fault("D1", "an event, and a file, delivered often is one event; repeats are counted")
def test_what_is_delivered_often_is_taken_once(taken: Taken, evidence: Tell) -> None:
    shares = taken.same("d01", evidence)
    assert (shares.accepted, shares.duplicate) == (_SIZE, _SIZE + 18)


@pytest.mark.fault("D2", "of two payloads with one id the first received stays; the other is kept "
                   "beside it with its own hash")  # fmt: skip
def test_of_two_payloads_the_first_received_stays(taken: Taken, evidence: Tell) -> None:
    shares = taken.same("d02", evidence)
    assert (shares.accepted, shares.duplicate) == (_SIZE + 9, _SIZE + 9)
    events = taken.rows(EVENT, "d02", "event_key", "raw_hash", "event_id",
                        F.try_variant_get("properties", "$.v", "int").alias("v"))  # fmt: skip
    assert {row["v"] for row in events if ":k" in row["event_id"]} == {1}
    hashes = {row["event_key"]: row["raw_hash"] for row in events}
    losers = taken.rows(DUPLICATE, "d02", "event_key", "raw_hash")
    assert all(hashes[row["event_key"]] != row["raw_hash"] for row in losers)
    evidence(f"{len(losers):,} conflicts, each with the hash of either payload")


@pytest.mark.fault("D3", "late and out-of-order events correct the past: 1 minute to 400 days")
def test_late_events_find_their_place(taken: Taken, evidence: Tell) -> None:
    shares = taken.same("d03", evidence)
    assert (shares.accepted, shares.rejected) == (_SIZE, 0)
    late = [row for row in taken.rows(EVENT, "d03", "event_at", "available_at")
            if (row["available_at"] - row["event_at"]).total_seconds() >= 86_400]  # fmt: skip
    assert len(late) == sum(number % 5 >= 2 for number in range(_SIZE))
    evidence(f"{len(late):,} events a day late or more")


@pytest.mark.fault("D4", "a sender's clock that is wrong by 26 hours, or by decades, is set right")
def test_a_wrong_clock_is_set_right(taken: Taken, evidence: Tell) -> None:
    taken.same("d04", evidence)
    rows = taken.rows(EVENT, "d04", "event_at", "available_at")
    assert {row["available_at"] - row["event_at"] for row in rows} == {
        datetime(1, 1, 2) - datetime(1, 1, 1, 23, 30)  # noqa: DTZ001 - a span
    }
    evidence(f"{len(rows):,} events, each half an hour before it was received")


@pytest.mark.fault("D5", "a time too late is held at its receipt, a time too early is rejected")
def test_years_no_calendar_has_are_held_or_rejected(taken: Taken, evidence: Tell) -> None:
    taken.same("d05", evidence)
    assert taken.rejections("d05") == {"time_out_of_range": 2}
    rows = taken.rows(EVENT, "d05", "event_id", "event_at", "available_at", "warnings")
    held = [row for row in rows if row["warnings"]]
    assert len(held) == 2
    assert all(row["event_at"] == row["available_at"] for row in held)


@pytest.mark.fault("D6", "a torn, flipped or empty file is rejected whole by name; others land")
def test_a_torn_file_is_rejected_whole(taken: Taken, evidence: Tell) -> None:
    shares = taken.same("d06", evidence)
    assert taken.files("d06") == {
        "good.json": None, "torn.json.gz": "broken_archive", "empty.json": "empty_file",
        "empty.json.gz": "empty_file", "flipped.json.gz": "broken_archive", "table.json": None,
    }  # fmt: skip
    assert shares.accepted == _SIZE
    evidence("four files rejected by name, no record of them taken")


@pytest.mark.fault("D7", "a giant line and a packed bomb reject their files; neighbours land")
def test_a_giant_line_rejects_its_file(taken: Taken, evidence: Tell) -> None:
    shares = taken.same("d07", evidence)
    assert taken.files("d07") == {
        "good.json": None, "giant.json": "record_too_long", "bomb.json.gz": "record_too_long",
    }  # fmt: skip
    assert (shares.received, shares.accepted) == (_SIZE, _SIZE)
    evidence("256 MiB of zeros in 256 KiB were not unpacked beyond the limit")


@pytest.mark.fault("D8", "JSON of 1,500 levels is rejected, not half read")
def test_deep_json_is_rejected(taken: Taken, evidence: Tell) -> None:
    taken.same("d08", evidence)
    assert taken.rejections("d08") == {"not_json": 1}


@pytest.mark.fault("D9", "bytes that are no text are kept as they are and rejected; a mark is no "
                   "fault")  # fmt: skip
def test_bytes_that_are_no_text_are_kept(taken: Taken, evidence: Tell) -> None:
    shares = taken.same("d09", evidence)
    assert taken.rejections("d09") == {"not_utf8": 2, "not_json": 1, "half_character": 1}
    assert shares.accepted == _SIZE + 1
    raws = {bytes(row["raw"]) for row in taken.rows(REJECTED, "d09", "raw")}
    assert b'{"messageId":"\xff\xfe"}' in raws


@pytest.mark.fault("D10", "two objects on a line, or a key twice, are rejected, not half read")
def test_two_objects_on_a_line_are_rejected(taken: Taken, evidence: Tell) -> None:
    taken.same("d10", evidence)
    assert taken.rejections("d10") == {"not_json": 1, "duplicate_key": 1}


@pytest.mark.fault("D11", "a value that changes its type stays as it was sent, and is shown as "
                   "drift; an unknown field is kept")  # fmt: skip
def test_a_value_of_another_type_stays(taken: Taken, evidence: Tell) -> None:
    shares = taken.same("d11", evidence)
    assert shares.rejected == 0
    kinds = F.schema_of_variant(F.try_variant_get("properties", "$.value", "variant"))
    rows = taken.rows(EVENT, "d11", kinds.alias("kind"))
    kinds_found = {row["kind"].split("<")[0].split("(")[0] for row in rows if row["kind"]}
    assert kinds_found == {"STRING", "BIGINT", "ARRAY", "OBJECT", "BOOLEAN", "VOID", "DECIMAL"}
    shapes = lake_of(taken.spark, taken.root, AS_OF).read(SHAPE)
    seen = {row["type"] for row in shapes.where("path = 'properties.value'").collect()}
    assert seen == {"text", "number", "list", "object", "flag", "null"}
    evidence(f"properties.value came as {', '.join(sorted(seen))}; silver.shape counts each")
    extra = [row["extra"] for row in taken.rows(EVENT, "d11", F.to_json("extra").alias("extra"))]
    assert [one for one in extra if one] == ['{"lane":3,"tenant":{"plan":"pro"}}']


@pytest.mark.fault("D12", "what is no number, or too large, is null with a warning")
def test_what_is_no_amount_is_null_with_a_warning(taken: Taken, evidence: Tell) -> None:
    taken.same("d12", evidence)
    rejected = taken.rejections("d12")
    assert rejected == {"not_json": 3}
    rows = taken.rows(EVENT, "d12", "amount", "warnings")
    assert sorted(row["amount"] for row in rows if row["amount"]) == [
        Decimal("-1.00"),
        Decimal("-0.01"),
    ]
    warned = [one for row in rows for one in row["warnings"] or []]
    assert warned.count("unreadable_amount: properties.total") == 4
    evidence(f"rejected: {json.dumps(rejected)}; {len(warned)} warnings")


@pytest.mark.fault("D13", "new, dropped and reordered columns are taken by name; ragged rows are "
                   "rejected")  # fmt: skip
def test_columns_are_taken_by_name(taken: Taken, evidence: Tell) -> None:
    shares = taken.same("d13", evidence)
    assert (shares.accepted, taken.rejections("d13")) == (
        _SIZE + 2,
        {"wrong_cell_count": 2},
    )
    rows = taken.rows(EVENT, "d13", "event_id", "amount",
                      F.to_json("properties").alias("properties"))  # fmt: skip
    by_id = {row["event_id"]: row for row in rows}
    assert by_id["reordered"]["amount"] == Decimal("5.00")
    assert json.loads(by_id["reordered"]["properties"])["fresh"] == "new"
    assert by_id["dropped"]["amount"] is None


@pytest.mark.fault("D14", "thousands of event names and properties leave the tables as wide as "
                   "they were")  # fmt: skip
def test_no_schema_explodes(taken: Taken, evidence: Tell) -> None:
    shares = taken.same("d14", evidence)
    assert (shares.accepted, shares.rejected) == (max(_SIZE, 2000) + 1, 0)
    lake = lake_of(taken.spark, taken.root, AS_OF)
    stored = taken.spark.read.format("delta").load(f"{lake.root}/silver/event")
    assert tuple(stored.columns) == EVENT.columns
    (wide,) = [
        row for row in taken.rows(EVENT, "d14", "event_id",
                                  F.to_json("properties").alias("properties"))
        if row["event_id"] == "d14:wide"
    ]  # fmt: skip
    assert len(json.loads(wide["properties"])) == 5000
    evidence(f"{max(_SIZE, 2000):,} names, 5,000 properties, {len(EVENT.columns)} columns")


@pytest.mark.fault("D16", "identifiers that name no one, or hundreds, join no customers")
def test_a_poison_identifier_joins_no_customers(taken: Taken, evidence: Tell) -> None:
    taken.same("d16", evidence)
    project = load(PROJECT / "conf").project.model_copy(update={"lake": str(taken.root)})
    settings = load(PROJECT / "conf").model_copy(update={"project": project})
    _run(taken.spark, settings, ("resolve_identities",))
    links = lake_of(taken.spark, taken.root, AS_OF).read(LINK)
    largest = links.groupBy("customer_id").count().agg(F.max("count")).first()
    assert largest is not None
    assert largest[0] <= 3
    evidence(f"the largest customer has {largest[0]} identifiers")


@pytest.mark.fault("D17", "a file that is still coming is left until it is there")
def test_a_file_that_is_still_coming_is_left(taken: Taken, evidence: Tell) -> None:
    taken.same("d17", evidence)
    assert taken.files("d17") == {"good.json": None}
