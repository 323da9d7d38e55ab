"""Records asked for again, taken by the steps that follow: what replay and backfill share."""

from pyspark.sql import DataFrame

from cdp_spark.commands.opened import Opened, moment
from cdp_spark.commands.run import selected
from cdp_spark.commands.summary import show_figures, show_outcomes
from cdp_spark.lake import Lake
from cdp_spark.launch import Options, job_named
from cdp_spark.tables.silver import REPLAY

_FIRST = "refine_events"


def taken_again(project: Opened, asking: Lake, asked: DataFrame, *, is_dry: bool) -> bool:
    """Show what is asked for and, unless dry, take it; whether anything was taken."""
    # By source and reason: reasons are fixed words, so these are few.
    counts = asked.groupBy("source", "reason").count().orderBy("source", "reason").collect()
    lines = [(row["source"], row["reason"], f"{row['count']:,}") for row in counts]
    show_figures("Taken again", lines or [("", "nothing", "0")], "source", "why", "records")
    if is_dry or not counts:
        return False
    asking.merge(REPLAY, asked)
    asking.finish(0.0)
    steps = selected(project.settings.project.workflow, [f"{_FIRST}+"])
    options = Options(moment().date())
    show_outcomes([project.step(job_named(name), options) for name in steps])
    return True
