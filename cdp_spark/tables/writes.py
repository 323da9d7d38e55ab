"""What a room wants to be written of a table: rows by key, a scope made equal, or new rows only."""

from dataclasses import dataclass

from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Overwrite:
    """Make a table equal to `rows` inside a scope, deleting what is there and no longer wanted.

    `scope` is a frame with some of the table's columns: the scope is the rows that match it;
    none means the whole table.
    """

    rows: DataFrame
    scope: DataFrame | None = None


@dataclass(frozen=True)
class Append:
    """Rows whose keys are not stored, written without comparing anything.

    `most` is how many rows there can be, where the caller knows. `updated` are rows that replace
    stored ones; `redone` is compared as every overwrite is. The caller knows only what finished
    runs of its own job left: where anything else changed the table since, `otherwise` is written.
    """

    rows: DataFrame
    otherwise: DataFrame | Overwrite
    most: int | None = None
    updated: DataFrame | None = None
    redone: Overwrite | None = None


Write = DataFrame | Overwrite | Append


@dataclass(frozen=True)
class Written:
    """What a write changed: rows by kind of change, as measured while they were written.

    `is_append`: the rows were new, and none was compared. `fingerprint` is then the order-free sum
    of `raw_hash` over them, for tables that have that column.
    """

    inserted: int
    updated: int
    deleted: int
    is_append: bool
    fingerprint: int = 0
