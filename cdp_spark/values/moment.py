"""Instants as text."""

from pyspark.sql import Column
from pyspark.sql import functions as F

EARLIEST, LATEST = "2000-01-01", "2100-01-01"
_FIRST, _LAST = "0001-01-01", "9999-12-31"
_WITH_DAY = r"^\s*[+-]?[0-9]{4,6}-[0-9]{1,2}-[0-9]{1,2}"


def timestamp_of(text: Column) -> Column:
    """The instant of an ISO 8601 text, UTC where it has no zone; null if it has none.

    A text without a day gives null: Spark would fill in the first of January, or today.
    """
    return F.when(text.rlike(_WITH_DAY), F.try_to_timestamp(text))


def day_of(text: Column) -> Column:
    """The day of an ISO 8601 text; null if it has none, or outside the years 1 to 9999."""
    return F.to_date(in_calendar(timestamp_of(text)))


def in_calendar(moment: Column) -> Column:
    """The instant; null outside the years 1 to 9999, where spans of time overflow."""
    first, last = F.lit(_FIRST).cast("timestamp"), F.lit(_LAST).cast("timestamp")
    return F.when((moment >= first) & (moment < last), moment)


def is_plausible(moment: Column) -> Column:
    """Whether an instant lies in this century: not every reader can show others."""
    return (moment >= F.lit(EARLIEST).cast("timestamp")) & (
        moment < F.lit(LATEST).cast("timestamp")
    )
