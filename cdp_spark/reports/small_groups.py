"""Cells that count too few persons are hidden before anything is shown.

A hidden cell keeps its place and loses its figures (None). Hiding one cell alone would not help
where the total of its group is shown elsewhere on the page: subtraction finds it again. So in a
group whose hidden cells together stay below the limit (a single one always does), the next smallest
is hidden as well. A count of zero tells about nobody and stays.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Cells:
    """Which figures of a row tell about persons, and how rows belong together.

    `figures` are blanked when `persons` is too small; rows with equal `within` add up to a total.
    """

    figures: tuple[str, ...]
    persons: str = "customer_count"
    within: tuple[str, ...] = ()


def hidden(rows: Sequence[Row], cells: Cells, smallest: int) -> tuple[Row, ...]:
    """The rows in their order, with the figures of small groups set to None."""

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
