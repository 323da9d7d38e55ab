"""cdp plan: the steps of a run as lines for a scheduler."""

from typing import Annotated

import typer

from cdp_spark.commands.opened import Conf, settings_of
from cdp_spark.commands.run import selected
from cdp_spark.commands.submit import submit_line


def plan(
    conf: Conf = "",
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar="STEP[+]", help="A step; with + all after it too."),
    ] = None,
) -> None:
    """Print the spark-submit line of each step; MASTER and DAY are the scheduler's to fill in."""
    names = selected(settings_of(conf).project.workflow, select or [])
    typer.echo("\n".join(submit_line(name, conf) for name in names))
