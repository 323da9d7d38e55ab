"""The writes of a table: rows by key, an overwritten scope, or new rows only."""

from dataclasses import dataclass

from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Overwrite:
    """Replace the rows of a table inside a scope, deleting those that are not in `rows`.

    `scope` is a frame with some of the table's columns; rows that match it are in the scope. None
    is the whole table.
    """

    rows: DataFrame
    scope: DataFrame | None = None


@dataclass(frozen=True)
class Append:
    """New rows, written without comparing them with stored ones.

    `most` is a bound on their number, if known. `updated` are rows that replace stored ones;
    `rebuilt` is compared like any overwrite. The caller knows only the rows of finished runs of its
    own job: if anything else changed the table since, `otherwise` is written instead.
    """

    rows: DataFrame
    otherwise: DataFrame | Overwrite
    most: int | None = None
    updated: DataFrame | None = None
    rebuilt: Overwrite | None = None


Write = DataFrame | Overwrite | Append


@dataclass(frozen=True)
class Written:
    """The rows a write changed, by kind of change, counted while writing.

    `is_append`: the rows were new, without a comparison. `fingerprint` is then the order-free sum
    of their `raw_hash`, for tables with that column.
    """

    inserted: int
    updated: int
    deleted: int
    is_append: bool
    fingerprint: int = 0
