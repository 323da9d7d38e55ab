"""Masked values: enough to recognise a known person, not to identify one."""

from pyspark.sql import Column
from pyspark.sql import functions as F

_DOTS = "•••"


def masked(value: Column) -> Column:
    """The first letter and three dots; null stays null."""
    return F.concat(F.substring(value, 1, 1), F.lit(_DOTS))
