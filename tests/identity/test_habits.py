from datetime import UTC, datetime, timedelta

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity.components import checkpointed
from cdp_spark.identity.habits import habits_of, usual_person

_START = datetime(2025, 1, 1, tzinfo=UTC)
_SAID = (
    "identifier_key string, person long, anchor_key string, event_at timestamp, sitting timestamp"
)
Sittings = list[tuple[int, int]]


def _usual(spark: SparkSession, said: dict[int, Sittings], hours: int, before: int) -> int | None:
    """Whose a sitting is so many hours after the start; each person said so on a day at an hour."""
    rows = [
        ("t", person, f"u{person}", at, at)
        for person, sittings in said.items()
        for day, hour in sittings
        for at in [_START + timedelta(days=day, hours=hour)]
    ]
    sitting = F.lit(_START + timedelta(hours=hours)).cast("timestamp")
    had_it = F.struct(F.lit(before).cast("long").alias("person"), F.lit("").alias("anchor_key"))
    usual = usual_person(F.col("habits"), sitting, had_it)
    found = (
        habits_of(spark.createDataFrame(rows, _SAID), checkpointed)
        .select(usual.alias("usual"))
        .first()
    )
    if found is None or found["usual"] is None:
        return None
    assert found["usual"]["anchor_key"] == f"u{found['usual']['person']}"
    return int(found["usual"]["person"])


def _at(hour: int, *days: int) -> Sittings:
    return [(day, hour) for day in days]


def test_a_sitting_is_of_who_is_usually_there_at_that_hour(spark: SparkSession) -> None:
    said = {1: _at(8, 0, 2, 4, 6), 2: _at(20, 1, 3, 5)}
    told = {hour: _usual(spark, said, 72 + hour, before=2) for hour in (6, 8, 9, 19, 20, 22)}
    assert told == {6: 1, 8: 1, 9: 1, 19: 2, 20: 2, 22: 2}


def test_the_hours_before_and_after_midnight_are_near(spark: SparkSession) -> None:
    said = {1: _at(23, 0, 2, 4), 2: _at(12, 1, 3, 5)}
    assert _usual(spark, said, 72 + 1, before=2) == 1


def test_where_hours_do_not_tell_it_is_whose_it_was_before(spark: SparkSession) -> None:
    said = {1: _at(8, 0, 2), 2: _at(8, 1, 3)}
    assert [_usual(spark, said, 48 + 8, before=one) for one in (1, 2)] == [1, 2]


def test_what_went_from_one_to_the_next_is_told_by_no_hour(spark: SparkSession) -> None:
    assert _usual(spark, {1: _at(8, 0, 1, 2), 2: _at(20, 5, 6, 7)}, 24 * 6 + 8, before=2) is None


def test_a_person_counts_for_a_month_around_what_they_said(spark: SparkSession) -> None:
    family = {1: _at(8, 0, 2, 4, 6), 2: _at(20, 1, 3, 5)}
    sold = family | {3: _at(20, 10, 12)}
    assert _usual(spark, family, 24 * 30 + 8, before=2) == 1
    assert _usual(spark, family, 24 * 40 + 8, before=2) is None
    assert _usual(spark, sold, 24 * 11 + 8, before=3) is None
