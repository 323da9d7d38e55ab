"""One event and one person that make up a third of what comes, beside data spread evenly."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.launch import Options, job_named, run_job
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.silver import EVENT
from tests.faults.dirt import PERSON, Lines, line
from tests.faults.invariants import kept_invariants
from tests.faults.shop import AS_OF, shop_settings
from tests.jobs.worlds import PROJECT, lake_of, prepared

_SIZE = int(os.environ.get("CDP_FAULT_ROWS", "10000"))
_SMALL = 1_000
_TIMES = 3
Tell = Callable[[str], None]


def _records(size: int, *, is_hot: bool) -> Lines:
    """Records of which 7 in 10 are events, of users 7 to 10 events.

    The other 3 in 10 repeat one event, or each another; so with the users of the events.
    """
    event_count, user_count = _counts(size)

    def record(number: int) -> bytes:
        key = number if number < event_count else 0 if is_hot else number - event_count
        user = key if key < user_count else 0 if is_hot else key - user_count
        traits = {"email": f"{PERSON}+{user}@shop.net"}
        return line(f"k{key}", key % 1000, userId=f"u{user}", traits=traits)

    return [record(number) for number in range(size)]


def _counts(size: int) -> tuple[int, int]:
    """How many events and users are among so many records."""
    return size * 7 // 10, size * 49 // 100


def _seconds(spark: SparkSession, root: Path, lines: Lines) -> float:
    """How long it takes to refine and resolve what was ingested."""
    folder = prepared(root) / "landing" / "web"
    folder.mkdir(parents=True)
    (folder / "1.json").write_bytes(b"\n".join(lines))
    ran = [
        run_job(job_named(job, PROJECT), spark, shop_settings(root), Options(AS_OF))
        for job in ("ingest_events", "refine_events", "resolve_identities")
    ]
    return sum(one.seconds for one in ran[1:])


def test_a_hot_key_is_one_event_and_one_customer(spark: SparkSession, tmp_path: Path) -> None:
    _seconds(spark, tmp_path / "lake", _records(_SMALL, is_hot=True))
    _assert_right(lake_of(spark, tmp_path / "lake", AS_OF), _SMALL)


@pytest.mark.soak
@pytest.mark.fault("D15", "an event that is 30 % of the records, and a person with 30 % of the "
                   "events, take at most three times as long as data spread evenly")  # fmt: skip
def test_a_hot_key_takes_at_most_three_times_as_long(
    spark: SparkSession, tmp_path: Path, evidence: Tell
) -> None:
    _seconds(spark, tmp_path / "warm", _records(_SMALL, is_hot=True))
    even = _seconds(spark, tmp_path / "even", _records(_SIZE, is_hot=False))
    hot = _seconds(spark, tmp_path / "hot", _records(_SIZE, is_hot=True))
    evidence(f"{_SIZE:,} records: {hot:.1f} s, spread evenly {even:.1f} s")
    assert hot <= _TIMES * even

    for name in ("even", "hot"):
        _assert_right(lake_of(spark, tmp_path / name, AS_OF), _SIZE)
    event_count, user_count = _counts(_SIZE)
    evidence(f"{event_count:,} events once each and {user_count:,} customers, hot or even")


def _assert_right(lake: Lake, size: int) -> None:
    event_count, user_count = _counts(size)
    shares = kept_invariants(lake, PERSON)["web"]
    assert (shares.accepted, shares.duplicate) == (event_count, size - event_count)
    assert lake.read(EVENT).where("event_id = 'k0'").count() == 1
    assert lake.read(LINK).select("customer_id").distinct().count() == user_count
