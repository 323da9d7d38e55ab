from datetime import UTC, datetime, timedelta

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.components import checkpointed
from cdp_spark.identity.ownership.habits import habits_of, habitual_person

_START = datetime(2025, 1, 1, tzinfo=UTC)
_LOGINS = (
    "identifier_key string, person long, anchor_key string, event_at timestamp, session timestamp"
)
Sessions = list[tuple[int, int]]


def _habitual(
    spark: SparkSession, logins: dict[int, Sessions], hours: int, before: int
) -> int | None:
    """Habitual person of a session so many hours after the start; logins are (day, hour) pairs."""
    rows = [
        ("t", person, f"u{person}", at, at)
        for person, sessions in logins.items()
        for day, hour in sessions
        for at in [_START + timedelta(days=day, hours=hour)]
    ]
    session = F.lit(_START + timedelta(hours=hours)).cast("timestamp")
    previous = F.struct(F.lit(before).cast("long").alias("person"), F.lit("").alias("anchor_key"))
    habitual = habitual_person(F.col("habits"), session, previous)
    found = (
        habits_of(spark.createDataFrame(rows, _LOGINS), checkpointed)
        .select(habitual.alias("habitual"))
        .first()
    )
    if found is None or found["habitual"] is None:
        return None
    assert found["habitual"]["anchor_key"] == f"u{found['habitual']['person']}"
    return int(found["habitual"]["person"])


def _at(hour: int, *days: int) -> Sessions:
    return [(day, hour) for day in days]


def test_a_session_belongs_to_who_usually_uses_the_device_at_that_hour(spark: SparkSession) -> None:
    logins = {1: _at(8, 0, 2, 4, 6), 2: _at(20, 1, 3, 5)}
    found = {hour: _habitual(spark, logins, 72 + hour, before=2) for hour in (6, 8, 9, 19, 20, 22)}
    assert found == {6: 1, 8: 1, 9: 1, 19: 2, 20: 2, 22: 2}


def test_the_hours_before_and_after_midnight_are_near(spark: SparkSession) -> None:
    logins = {1: _at(23, 0, 2, 4), 2: _at(12, 1, 3, 5)}
    assert _habitual(spark, logins, 72 + 1, before=2) == 1


def test_without_a_difference_in_hours_the_previous_person_wins(spark: SparkSession) -> None:
    logins = {1: _at(8, 0, 2), 2: _at(8, 1, 3)}
    assert [_habitual(spark, logins, 48 + 8, before=one) for one in (1, 2)] == [1, 2]


def test_a_device_that_passed_on_has_no_habits(spark: SparkSession) -> None:
    assert _habitual(spark, {1: _at(8, 0, 1, 2), 2: _at(20, 5, 6, 7)}, 24 * 6 + 8, before=2) is None


def test_a_person_counts_for_a_month_around_their_logins(spark: SparkSession) -> None:
    family = {1: _at(8, 0, 2, 4, 6), 2: _at(20, 1, 3, 5)}
    sold = family | {3: _at(20, 10, 12)}
    assert _habitual(spark, family, 24 * 30 + 8, before=2) == 1
    assert _habitual(spark, family, 24 * 40 + 8, before=2) is None
    assert _habitual(spark, sold, 24 * 11 + 8, before=3) is None
