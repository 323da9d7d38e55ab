"""Messages and tables on the terminal, beside the results on stdout."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from cdp_spark.launch import Outcome

# Names and values of data may look like rich's markup or its names of emoji: they are printed as
# they are. Styles are given as `style` or `Text`.
console = Console(stderr=True, markup=False, emoji=False)
_CONTROLS = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0)} - {*b"\t\n"}, "�")
REPORT = "index.html"  # in the folder reports of a lake, see jobs/build_reports.py


def results() -> Console:
    """A console on stdout, which prints any text as it is."""
    return Console(markup=False, emoji=False)


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]] = ()) -> Grid:
    """A table whose long cells wrap; any cell is printed as it is, on any console."""
    grid = Grid(title=Text(title, "table.title"), title_justify="left")
    for head in heads:
        grid.add_column(Text(head), overflow="fold")  # so that ids can be copied whole
    for row in rows:
        add_row(grid, *row)
    return grid


def add_row(grid: Grid, *cells: str) -> None:
    """Add a row of a table; any cell is printed as it is, on any console.

    Control characters of data, which can move the cursor or colour the terminal, are `�`.
    """
    grid.add_row(*[Text(cell.translate(_CONTROLS)) for cell in cells])


def show_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Print rows read and changed per step and table."""
    steps = Grid("step", "seconds", "read", "changed", title="Steps")
    for outcome in outcomes:
        reads = [_read(name, entry) for name, entry in outcome.reads.items() if entry["row_count"]]
        changed = [_changed(name, entry) for name, entry in outcome.writes.items()]
        steps.add_row(
            outcome.job,
            f"{outcome.seconds:.1f}",
            "\n".join(reads) or "nothing",
            "\n".join(line for line in changed if line) or "nothing",
        )
    console.print(steps)


def _read(name: str, entry: dict[str, Any]) -> str:
    words = {"changes": "new", "stream": "new", "both": "new, others looked up"}
    mode = words.get(entry["mode"], "in all")
    return f"{name}: {entry['row_count']:,} {mode}"


def changed_lines(outcome: Outcome) -> list[str]:
    """One line per table that a step changed: rows inserted, updated and deleted."""
    changed = [_changed(name, entry) for name, entry in outcome.writes.items()]
    return [line for line in changed if line]


def _changed(name: str, entry: dict[str, Any]) -> str:
    signs = {"inserted_count": "+", "updated_count": "~", "deleted_count": "−"}  # noqa: RUF001 - a minus sign
    parts = [f"{sign}{entry[key]:,}" for key, sign in signs.items() if entry[key]]
    return f"{name}: {' '.join(parts)}" if parts else ""


def show_table(title: str, rows: Sequence[tuple[str, ...]], *heads: str) -> None:
    """Print a small table; long cells wrap."""
    console.print(table(title, heads, rows))


def shell_quoted(path: Path) -> str:
    """A path as a word of a shell's command, with its letters as they are."""
    text = str(path)
    return text if re.fullmatch(r"[\w./-]+", text) else "'" + text.replace("'", "'\\''") + "'"
