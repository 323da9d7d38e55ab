"""Values that people may see to recognise somebody, without being told who it is."""

from pyspark.sql import Column
from pyspark.sql import functions as F

_DOTS = "•••"


def masked(value: Column) -> Column:
    """The first letter and three dots; null stays null."""
    return F.concat(F.substring(value, 1, 1), F.lit(_DOTS))
