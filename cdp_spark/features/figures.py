"""Named numbers of one row as one map, equal for equal numbers."""

from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F


def named_map(named: Mapping[str, Column]) -> Column:
    """A map from name to double: names ascending, nulls left out."""
    names = F.array(*[F.lit(name) for name in sorted(named)])
    values = F.array(*[named[name].cast("double") for name in sorted(named)])
    return F.map_filter(F.map_from_arrays(names, values), lambda _, value: value.isNotNull())
