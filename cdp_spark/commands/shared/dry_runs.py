"""What a dry run shows: what each step would change, and which steps wait for an earlier one."""

from collections.abc import Sequence

from cdp_spark.commands.shared.output import add_row, changed_lines, console, table
from cdp_spark.launch import Job, Outcome


def show_dry_run(jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
    """Print rows that each step would change now, and the steps it depends on."""
    title = "What would happen (a dry run: nothing was written)"
    grid = table(title, ("step", "seconds", "would change"))
    waiting = dependencies(jobs, outcomes)
    for outcome in outcomes:
        lines = changed_lines(outcome)
        if steps := waiting[outcome.job]:
            lines.append(f"{'more, which ' if lines else ''}depends on {', '.join(steps)}")
        add_row(grid, outcome.job, f"{outcome.seconds:.1f}", "\n".join(lines) or "nothing")
    console.print(grid)


def dependencies(jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> dict[str, list[str]]:
    """Step → earlier steps of the run that may change a table which it reads.

    A step that would change one table, or depends on another step, may change all that it writes:
    ingest counts records only when it has stored their files.
    """
    may_change: dict[str, str] = {}  # table → the last step that may change it
    found: dict[str, list[str]] = {}
    for job, outcome in zip(jobs, outcomes, strict=True):
        waits_for = [may_change[name] for name in job.reads if name in may_change]
        found[job.name] = list(dict.fromkeys(waits_for))
        if waits_for or changed_lines(outcome):
            may_change |= dict.fromkeys(job.writes, job.name)
    return found
