"""Who of those that use a thing by turns is usually with it at an hour of the day.

A family's tablet is one person's in the morning and another's at night. Where nobody says who it
is, that tells more than who had it last. What went from one person to the next is left to who had
it: a person counts only while they use it by turns with somebody.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.contraction import Keep

_AWAY_DAYS = 30
_HOURS = 24
# How much a sitting tells of the hours around its own; together with its own, _ONE.
_NEARBY = {-2: 1, -1: 2, 0: 3, 1: 2, 2: 1}
_ONE = sum(_NEARBY.values())


def habits_of(said: DataFrame, keep: Keep) -> DataFrame:
    """identifier_key and habits: who used it by turns, from when to when, and at which hours.

    `said` has one row per event that says who it is: identifier_key, person, anchor_key, event_at
    and sitting, the moment at which its sitting began. The hours are of the day in UTC.
    """
    mine = ["identifier_key", "person"]
    sat = said.groupBy(*mine, "sitting").agg(
        F.min("anchor_key").alias("anchor_key"),
        F.min("event_at").alias("began"),
        F.max("event_at").alias("ended"),
    )
    sat = keep("habit_sittings", sat)
    spans = sat.groupBy(*mine).agg(
        F.min("anchor_key").alias("anchor_key"),
        F.min("began").alias("began"),
        F.max("ended").alias("ended"),
        F.count("*").alias("sittings"),
    )
    told = _by_turns(spans).join(_hours(sat), on=mine, how="inner")
    habit = F.struct("person", "anchor_key", "began", "ended", "sittings", "hours")
    return told.groupBy("identifier_key").agg(F.collect_list(habit).alias("habits"))


def usual_person(habits: Column, sitting: Column, before: Column) -> Column:
    """Person and anchor_key of whom a sitting is likeliest to be; null where habits do not tell.

    `before` has the person who had it before, who counts for one sitting more, and whose it stays
    where two are as likely. The others come in question a month around what they said.
    """
    away = F.expr(f"INTERVAL {_AWAY_DAYS} DAYS")
    there = F.filter(
        habits, lambda one: (sitting >= one["began"] - away) & (sitting <= one["ended"] + away)
    )
    is_by_turns = F.exists(there, lambda one: one["person"] == before["person"])
    best = F.array_max(F.transform(there, lambda one: _judged(one, sitting, before)))
    person = F.struct(best["person"].alias("person"), best["anchor_key"].alias("anchor_key"))
    return F.when(is_by_turns, person)


def _judged(habit: Column, sitting: Column, before: Column) -> Column:
    """The chance of a person's sitting at that hour, up to a factor that is the same for all.

    The share of the sittings times the density of the hours, which one unseen sitting at any hour
    smooths.
    """
    is_before = habit["person"] == before["person"]
    near = F.coalesce(F.element_at(habit["hours"], F.hour(sitting)), F.lit(0)) / _ONE
    density = (near + 1 / _HOURS) / (habit["sittings"] + 1)
    score = (habit["sittings"] + is_before.cast("long")) * density
    return F.struct(
        F.round(score, 9).alias("score"),
        is_before.alias("is_before"),
        habit["person"].alias("person"),
        habit["anchor_key"].alias("anchor_key"),
    )


def _by_turns(spans: DataFrame) -> DataFrame:
    """The spans that lie over another person's of the same thing."""
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


def _hours(sat: DataFrame) -> DataFrame:
    """identifier_key, person and hours: each hour and how much was seen of the person around it."""
    nearby = F.array(
        *[F.struct(F.lit(away).alias("away"), F.lit(one).alias("weight"))
          for away, one in _NEARBY.items()]
    )  # fmt: skip
    around = sat.select("identifier_key", "person", "sitting", F.explode(nearby).alias("near"))
    hour = F.pmod(F.hour("sitting") + F.col("near.away"), F.lit(_HOURS)).alias("hour")
    weights = around.groupBy("identifier_key", "person", hour).agg(
        F.sum("near.weight").alias("weight")
    )
    entries = F.collect_list(F.struct("hour", "weight"))
    return weights.groupBy("identifier_key", "person").agg(
        F.map_from_entries(entries).alias("hours")
    )
