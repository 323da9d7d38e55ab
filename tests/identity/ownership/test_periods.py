from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.components import checkpointed
from cdp_spark.identity.ownership.periods import (
    named_clusters,
    ownership_periods,
    shared_events,
    shared_identifiers,
)
from cdp_spark.identity.settings import OwnershipSettings
from cdp_spark.semantics.identifiers import IdentifierRule
from cdp_spark.tables.identity import IDENTIFIER
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import SIGHTING
from tests.identity.evidence.test_edges import KINDS, RULES

_START = datetime(2025, 1, 1, tzinfo=UTC)
_SETTINGS = OwnershipSettings(session_gap_minutes=30, max_people=2)
Spans = list[tuple[int, int | None, str | None, str, int]]


def _seen(spark: SparkSession, events: dict[int, str]) -> DataFrame:
    """Sightings at minutes: "t" is the shared tablet, "s" another, u1 and u2 are people."""
    rows: list[dict[str, Any]] = [
        {
            "event_key": f"{minute:06}",
            "identifier_key": key,
            "kind": KINDS.get(key[0], "anonymous_id"),
            "event_at": _START + timedelta(minutes=minute),
        }
        for minute, event in events.items()
        for key in event.split()
    ]
    return sample(spark, SIGHTING, *rows)


def _periods(
    spark: SparkSession,
    events: dict[int, str],
    shared: str = "t",
    rules: tuple[IdentifierRule, ...] = RULES,
) -> Spans:
    """Periods of one identifier: first minute, minute of the next, anchor, basis and events."""
    nodes = sample(
        spark, IDENTIFIER, *[{"identifier_key": key, "role": "shared"} for key in shared.split()]
    )
    keys = sorted({key for event in events.values() for key in event.split()} - set(shared.split()))
    people = spark.createDataFrame(
        [(key, int(key[1:])) for key in keys], "identifier_key string, component long"
    )
    sessions = shared_events(
        _seen(spark, events), shared_identifiers(nodes), people, _SETTINGS, rules
    )
    found = ownership_periods(checkpointed("sessions", sessions), _SETTINGS, rules, checkpointed)

    def minute(at: datetime | None) -> int | None:
        return None if at is None else int((at.astimezone(UTC) - _START).total_seconds() / 60)

    rows = found.where("identifier_key = 't'").orderBy("valid_from").collect()
    return [
        (minute(row.valid_from) or 0, minute(row.valid_to), row.anchor_key, row.basis,
         row.event_count)
        for row in rows
    ]  # fmt: skip


def test_a_session_belongs_to_its_login_also_before_it(spark: SparkSession) -> None:
    spans = _periods(spark, {0: "t", 5: "t u1", 10: "t", 100: "t", 105: "t u2", 110: "t"})
    assert spans == [(0, 100, "u1", "login", 3), (100, None, "u2", "login", 3)]


def test_an_event_belongs_to_the_nearest_login_of_its_session(spark: SparkSession) -> None:
    spans = _periods(spark, {0: "t u1", 4: "t", 12: "t", 14: "t u2"})
    assert spans == [(0, 12, "u1", "login", 2), (12, None, "u2", "login", 2)]


def test_a_session_without_login_belongs_to_the_login_nearest_to_its_beginning(
    spark: SparkSession,
) -> None:
    spans = _periods(spark, {0: "t", 100: "t u1", 190: "t", 240: "t", 300: "t u2", 400: "t"})
    assert spans == [(0, 240, "u1", "login", 3), (240, None, "u2", "login", 3)]


def test_of_equally_near_logins_the_earlier_one_counts(spark: SparkSession) -> None:
    spans = _periods(spark, {100: "t u1", 200: "t", 300: "t u2"})
    assert spans == [(100, 300, "u1", "login", 2), (300, None, "u2", "login", 1)]


def test_a_session_without_login_belongs_to_the_habitual_person(
    spark: SparkSession,
) -> None:
    day, night = 24 * 60, 12 * 60
    logins = {
        one * day + at: f"t {who}" for one in range(3) for at, who in ((0, "u1"), (night, "u2"))
    }
    spans = _periods(spark, logins | {3 * day: "t", 3 * day + night: "t"})
    assert spans[-2:] == [(3 * day, 3 * day + night, "u1", "habit", 1),
                          (3 * day + night, None, "u2", "habit", 1)]  # fmt: skip
    recent = _periods(spark, logins | {90 * day: "t"})
    assert recent[-1] == (2 * day + night, None, "u2", "login", 2)


def test_after_a_long_silence_the_nearest_login_does_not_count(spark: SparkSession) -> None:
    day = 24 * 60
    events = {0: "t u1", day: "t", 9 * day: "t", 20 * day: "t u2"}
    recycled = tuple(
        rule.model_copy(update={"recycle_after": "5d"}) if rule.is_device else rule
        for rule in RULES
    )
    assert [(span[2], span[3]) for span in _periods(spark, events)] == [
        ("u1", "login"), ("u2", "login"),
    ]  # fmt: skip
    assert [(span[2], span[3]) for span in _periods(spark, events, rules=recycled)] == [
        ("u1", "login"), (None, "unknown"), ("u2", "login"),
    ]  # fmt: skip


def test_where_many_were_seen_a_session_without_login_is_anonymous(spark: SparkSession) -> None:
    events = {0: "t u1", 100: "t", 110: "t", 200: "t", 300: "t u2", 400: "t u3", 500: "t"}
    assert _periods(spark, events) == [
        (0, 100, "u1", "login", 1),
        (100, 200, None, "unknown", 2),
        (200, 300, None, "unknown", 1),
        (300, 400, "u2", "login", 1),
        (400, 500, "u3", "login", 1),
        (500, None, None, "unknown", 1),
    ]


def test_a_device_without_logins_is_unknown(spark: SparkSession) -> None:
    assert _periods(spark, {0: "t s", 100: "t"}, "t s") == [
        (0, 100, None, "unknown", 1),
        (100, None, None, "unknown", 1),
    ]


def test_two_identifiers_of_one_person_are_one_period(spark: SparkSession) -> None:
    assert _periods(spark, {0: "t u1", 60: "t e1"}) == [(0, None, "e1", "login", 2)]


def test_of_two_people_at_one_moment_one_is_the_owner(spark: SparkSession) -> None:
    sightings = _seen(spark, {0: "t u1", 50: "t u2"})
    both = _seen(spark, {0: "t u2"}).withColumn("event_key", F.lit("000001"))
    nodes = sample(spark, IDENTIFIER, {"identifier_key": "t", "role": "shared"})
    people = spark.createDataFrame([("u1", 1), ("u2", 2)], "identifier_key string, component long")
    sessions = shared_events(
        sightings.union(both), shared_identifiers(nodes), people, _SETTINGS, RULES
    )
    found = ownership_periods(sessions, _SETTINGS, RULES, checkpointed)
    assert [(row.anchor_key, row.valid_to) for row in found.collect()] == [("u2", None)]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_changes_nothing_and_periods_leave_no_gap(
    spark: SparkSession, seed: int
) -> None:
    draw = Random(seed)  # noqa: S311 - a seed, not a secret
    choices = ["t", "t", "t u1", "t u2"]
    events = {minute: draw.choice(choices) for minute in draw.sample(range(3_000), 60)}
    spans = _periods(spark, dict(sorted(events.items())))
    shuffled = list(events.items())
    draw.shuffle(shuffled)
    assert _periods(spark, dict(shuffled)) == spans
    assert [ended for _, ended, *_ in spans] == [*[begun for begun, *_ in spans[1:]], None]
    assert sum(span[-1] for span in spans) == len(events)


def test_clusters_of_devices_alone_are_not_named(spark: SparkSession) -> None:
    clusters = spark.createDataFrame(
        [("u1", "user_id", 1), ("a1", "anonymous_id", 1), ("a2", "anonymous_id", 2)],
        "identifier_key string, kind string, component long",
    )
    found = {row.identifier_key for row in named_clusters(clusters, RULES).collect()}
    assert found == {"u1", "a1"}
