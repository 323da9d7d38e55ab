"""Features: what was known about a customer on a day, and what followed.

Comes in: gold.activity. Goes out: features.trait and features.label, one row per customer and day.
Always true: a trait uses only rows that happened and were available before its day; a label only
rows of its window, and only after that window; both have equal digits for any order or batching of
the same rows. Decided: days lie on a fixed grid, so that tomorrow's run keeps nearly all of today's
snapshots; a customer's snapshots are rebuilt only where rows changed; values are in a map, so a new
trait is a line of conf, not a column.
"""

from cdp_spark.features.labels import labels_as_of
from cdp_spark.features.scope import (
    matured_days,
    repartitioned,
    snapshot_days,
    stale_labels,
    stale_traits,
)
from cdp_spark.features.settings import FeaturesSettings
from cdp_spark.features.traits import traits_as_of

__all__ = [
    "FeaturesSettings",
    "labels_as_of",
    "matured_days",
    "repartitioned",
    "snapshot_days",
    "stale_labels",
    "stale_traits",
    "traits_as_of",
]
