"""Instants as text."""

from pyspark.sql import Column
from pyspark.sql import functions as F

EARLIEST, LATEST = "2000-01-01", "2100-01-01"


def moment_of(text: Column) -> Column:
    """The instant an ISO 8601 text names, UTC where it has no zone; null if it names none."""
    return F.try_to_timestamp(text)


def is_plausible(moment: Column) -> Column:
    """Whether an instant lies in this century: others can't be shown by every reader."""
    return (moment >= F.lit(EARLIEST).cast("timestamp")) & (
        moment < F.lit(LATEST).cast("timestamp")
    )
