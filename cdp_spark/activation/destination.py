"""The shape of a destination: what a file in `destinations/` offers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Target:
    """Where the rows of one destination and day go.

    `folder` is a path or URI that belongs to this destination and day alone. On a cluster it must
    be one that driver and workers share.
    """

    destination: str
    segment: str
    purpose: str
    as_of: date
    folder: str
    rows_per_file: int


@dataclass(frozen=True)
class Receipt:
    """What a destination took: rows, and the order-free fingerprint of them."""

    destination: str
    row_count: int
    fingerprint: str


@dataclass(frozen=True)
class Destination:
    """A kind of destination. `write` makes the target hold exactly the rows given.

    Asked twice with the same rows it leaves the same bytes; asked with others it replaces them.
    """

    kind: str
    write: Callable[[DataFrame, Target], Receipt]
