"""Messages and tables on the terminal, beside the results on stdout."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from cdp_spark.launch import Outcome

console = Console(stderr=True)
REPORT = "index.html"  # in the folder reports of a lake, see jobs/build_reports.py


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
    grid = Grid(title=title)
    for head in heads:
        grid.add_column(head, overflow="fold")  # so that ids can be copied whole
    for row in rows:
        grid.add_row(*row)
    console.print(grid)


def shell_quoted(path: Path) -> str:
    """A path as a word of a shell's command, with its letters as they are."""
    text = str(path)
    return text if re.fullmatch(r"[\w./-]+", text) else "'" + text.replace("'", "'\\''") + "'"
