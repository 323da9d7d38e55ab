"""Tables of what runs did."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table as Grid

from cdp_spark.commands.opened import talk
from cdp_spark.launch import Outcome


def show_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Print rows read and changed per step and table."""
    steps = Grid("step", "seconds", "read", "changed", title="What ran")
    for outcome in outcomes:
        reads = [_read(name, entry) for name, entry in outcome.reads.items() if entry["row_count"]]
        changed = [_changed(name, entry) for name, entry in outcome.writes.items()]
        steps.add_row(
            outcome.job,
            f"{outcome.seconds:.1f}",
            "\n".join(reads) or "nothing",
            "\n".join(line for line in changed if line) or "nothing",
        )
    talk.print(steps)


def _read(name: str, entry: dict[str, Any]) -> str:
    told = {"changes": "new", "stream": "new", "both": "new, others looked up"}
    what = told.get(entry["mode"], "in all")
    return f"{name}: {entry['row_count']:,} {what}"


def _changed(name: str, entry: dict[str, Any]) -> str:
    signs = {"inserted_count": "+", "updated_count": "~", "deleted_count": "−"}  # noqa: RUF001 - a minus sign
    parts = [f"{sign}{entry[key]:,}" for key, sign in signs.items() if entry[key]]
    return f"{name}: {' '.join(parts)}" if parts else ""


def show_figures(title: str, rows: Sequence[tuple[str, ...]], *heads: str) -> None:
    """Print a small table of figures; what is too long for the terminal goes on a line below."""
    grid = Grid(title=title)
    for head in heads:
        grid.add_column(head, overflow="fold")  # an id without its end can't be copied
    for row in rows:
        grid.add_row(*row)
    talk.print(grid)
