"""Windows of days: the grid of snapshot days, and conditions on the days before and after."""

from collections.abc import Iterable
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

_EPOCH = date(1970, 1, 1)


def grid_days(as_of: date, *, every_days: int, count: int) -> tuple[date, ...]:
    """The latest `count` days up to `as_of` that are whole steps from 1970-01-01, ascending.

    The grid is fixed: moving `as_of` by a day keeps all of them, or replaces one.
    """
    last = as_of - timedelta(days=(as_of - _EPOCH).days % every_days)
    return tuple(last - timedelta(days=every_days * step) for step in reversed(range(count)))


def day_rows(like: DataFrame, days: Iterable[date]) -> DataFrame:
    """One row per day, in the column `as_of_on`; of `like` only the session is used."""
    listed = F.array(*map(F.lit, sorted(set(days)))).cast("array<date>")
    one_row = like.limit(0).groupBy().agg(listed.alias("days"))  # a total of no rows is one row
    return one_row.select(F.explode("days").alias("as_of_on"))


def was_known(day: Column) -> Column:
    """Whether a row happened, and was available, before `day` began."""
    return (F.col("event_on") < day) & (F.col("available_on") < day)


def is_within_days_from(moment_on: Column, day: Column, days: int) -> Column:
    """Whether `moment_on` lies in the `days` days that begin with `day`."""
    return (moment_on >= day) & (moment_on < F.date_add(day, days))
