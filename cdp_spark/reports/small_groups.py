"""Cells that count too few persons are hidden.

A hidden cell keeps its place and its numbers become None. Hiding a single cell is not enough where
the page also shows the total of its group: subtraction gives it back. So if the hidden cells of a
group together stay below the limit (a single one always does), the next smallest is hidden as well.
A count of zero concerns no person and stays.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Cells:
    """The numbers of a row that concern persons, and the columns that group rows.

    `figures` become None if `persons` is too small; rows with equal `within` add up to a total.
    """

    figures: tuple[str, ...]
    persons: str = "customer_count"
    within: tuple[str, ...] = ()


def small_groups_hidden(rows: Sequence[Row], cells: Cells, smallest: int) -> tuple[Row, ...]:
    """The rows in their order, with the numbers of small groups set to None."""

    def group_of(row: Row) -> tuple[Any, ...]:
        return tuple(row[name] for name in cells.within)

    grouped = groupby(sorted(rows, key=group_of), key=group_of)
    blank = {position for _, group in grouped for position in _blank(group, cells, smallest)}
    nothing = dict.fromkeys((*cells.figures, cells.persons))
    return tuple(row | nothing if id(row) in blank else row for row in rows)


def _blank(group: Iterable[Row], cells: Cells, smallest: int) -> set[int]:
    counted = sorted(
        (row for row in group if row[cells.persons]), key=lambda row: row[cells.persons]
    )
    small = [row for row in counted if row[cells.persons] < smallest]
    is_findable = sum(row[cells.persons] for row in small) < smallest
    if small and is_findable:
        small = counted[: len(small) + 1]
    return {id(row) for row in small}
