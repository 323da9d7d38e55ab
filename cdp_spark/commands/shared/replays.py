"""What replay and backfill share: records requested again, parsed by the steps that follow."""

from pyspark.sql import DataFrame

from cdp_spark.commands.shared.output import show_outcomes, show_table
from cdp_spark.commands.shared.project import Project, moment
from cdp_spark.commands.shared.workflow import selected_steps
from cdp_spark.lake import Lake
from cdp_spark.launch import Options, job_named
from cdp_spark.tables.silver import REPLAY

_FIRST = "refine_events"


def has_replayed(project: Project, ledger: Lake, requests: DataFrame, *, is_dry: bool) -> bool:
    """Show the requests and, unless dry, run them; whether any record was replayed."""
    # By source and reason: reasons are fixed words, so these are few.
    counts = requests.groupBy("source", "reason").count().orderBy("source", "reason").collect()
    lines = [(row["source"], row["reason"], f"{row['count']:,}") for row in counts]
    show_table("Records to replay", lines or [("", "none", "0")], "source", "reason", "records")
    if is_dry or not counts:
        return False
    ledger.merge(REPLAY, requests)
    ledger.finish(0.0)
    steps = selected_steps(project.settings.project.workflow, [f"{_FIRST}+"])
    options = Options(moment().date())
    show_outcomes([project.step(job_named(name), options) for name in steps])
    return True
