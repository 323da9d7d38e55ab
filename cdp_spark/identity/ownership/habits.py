"""Which of the people who alternate on a shared device usually uses it at an hour of the day.

A family's tablet is used by one person in the morning and by another at night. For a session
without a login the hour predicts more than the last login. A device that passed from one person to
the next has no habits: a person counts only while they alternate with somebody else.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.contraction import Materialize

_AWAY_DAYS = 30
_HOURS = 24
# Weight of a session for the hours near its own; the weights add up to _ONE.
_NEARBY = {-2: 1, -1: 2, 0: 3, 1: 2, 2: 1}
_ONE = sum(_NEARBY.values())


def habits_of(logins: DataFrame, materialize: Materialize) -> DataFrame:
    """identifier_key and habits: who alternates on it, from when to when, and at which hours.

    `logins` has one row per event with a login: identifier_key, person, anchor_key, event_at and
    session, the moment its session began. Hours are UTC.
    """
    mine = ["identifier_key", "person"]
    sessions = logins.groupBy(*mine, "session").agg(
        F.min("anchor_key").alias("anchor_key"),
        F.min("event_at").alias("began"),
        F.max("event_at").alias("ended"),
    )
    sessions = materialize("habit_sessions", sessions)
    spans = sessions.groupBy(*mine).agg(
        F.min("anchor_key").alias("anchor_key"),
        F.min("began").alias("began"),
        F.max("ended").alias("ended"),
        F.count("*").alias("sessions"),
    )
    found = _alternating(spans).join(_hours(sessions), on=mine, how="inner")
    habit = F.struct("person", "anchor_key", "began", "ended", "sessions", "hours")
    return found.groupBy("identifier_key").agg(F.collect_list(habit).alias("habits"))


def habitual_person(habits: Column, session: Column, before: Column) -> Column:
    """Person and anchor_key of the likeliest user of a session; null where habits do not decide.

    `before` has the person who had the device before. They count for one session more and win
    ties. The others are candidates from a month before their first login to a month after the last.
    """
    away = F.expr(f"INTERVAL {_AWAY_DAYS} DAYS")
    candidates = F.filter(
        habits, lambda one: (session >= one["began"] - away) & (session <= one["ended"] + away)
    )
    is_alternating = F.exists(candidates, lambda one: one["person"] == before["person"])
    best = F.array_max(F.transform(candidates, lambda one: _score(one, session, before)))
    person = F.struct(best["person"].alias("person"), best["anchor_key"].alias("anchor_key"))
    return F.when(is_alternating, person)


def _score(habit: Column, session: Column, before: Column) -> Column:
    """Chance that a session at that hour is the person's, up to a factor that is equal for all.

    It is their share of the sessions times the density of their hours, smoothed by one unseen
    session at any hour.
    """
    is_before = habit["person"] == before["person"]
    near = F.coalesce(F.element_at(habit["hours"], F.hour(session)), F.lit(0)) / _ONE
    density = (near + 1 / _HOURS) / (habit["sessions"] + 1)
    score = (habit["sessions"] + is_before.cast("long")) * density
    return F.struct(
        F.round(score, 9).alias("score"),
        is_before.alias("is_before"),
        habit["person"].alias("person"),
        habit["anchor_key"].alias("anchor_key"),
    )


def _alternating(spans: DataFrame) -> DataFrame:
    """The spans that overlap another person's on the same device."""
    others = spans.select(
        "identifier_key",
        F.col("person").alias("other"),
        F.col("began").alias("other_began"),
        F.col("ended").alias("other_ended"),
    )
    over = (F.col("began") <= F.col("other_ended")) & (F.col("other_began") <= F.col("ended"))
    both = spans.join(others, on="identifier_key", how="inner")
    turns = both.where((F.col("person") != F.col("other")) & over)
    mine = turns.select("identifier_key", "person").distinct()
    return spans.join(mine, on=["identifier_key", "person"], how="left_semi")


def _hours(sessions: DataFrame) -> DataFrame:
    """identifier_key, person and hours: each hour, and the weight of the sessions near it."""
    nearby = F.array(
        *[F.struct(F.lit(away).alias("away"), F.lit(one).alias("weight"))
          for away, one in _NEARBY.items()]
    )  # fmt: skip
    hours = sessions.select("identifier_key", "person", "session", F.explode(nearby).alias("near"))
    hour = F.pmod(F.hour("session") + F.col("near.away"), F.lit(_HOURS)).alias("hour")
    weights = hours.groupBy("identifier_key", "person", hour).agg(
        F.sum("near.weight").alias("weight")
    )
    entries = F.collect_list(F.struct("hour", "weight"))
    return weights.groupBy("identifier_key", "person").agg(
        F.map_from_entries(entries).alias("hours")
    )
