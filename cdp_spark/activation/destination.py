"""The interface of a destination: what a file in `destinations/` provides."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Target:
    """The place for the rows of one destination and day.

    `folder` is a path or URI of this destination and day alone. On a cluster driver and workers
    must share it.
    """

    destination: str
    segment: str
    purpose: str
    as_of: date
    folder: str
    rows_per_file: int


@dataclass(frozen=True)
class Receipt:
    """What was written: the number of rows, and their order-free fingerprint."""

    destination: str
    row_count: int
    fingerprint: str


@dataclass(frozen=True)
class Destination:
    """A kind of destination. `write` makes the target hold exactly the rows given.

    Written twice, the same rows leave the same bytes; other rows replace them.
    """

    kind: str
    write: Callable[[DataFrame, Target], Receipt]
