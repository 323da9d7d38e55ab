"""cdp run: the workflow, or some steps of it."""

import sys
from typing import Annotated

import typer

from cdp_spark.commands.shared.dry_runs import show_dry_run
from cdp_spark.commands.shared.options import AsOf, Conf, LakeFolder
from cdp_spark.commands.shared.output import REPORT, console, show_outcomes
from cdp_spark.commands.shared.project import Project, lake_root, open_project, settings_of
from cdp_spark.commands.shared.rejections import Rejections, rejections_of, show_rejections
from cdp_spark.commands.shared.sources import missing_folders
from cdp_spark.commands.shared.workflow import selected_steps
from cdp_spark.lake.access import require_writable
from cdp_spark.launch import DONE, FOLLOW, REJECTIONS, Options, follow_jobs, job_named
from cdp_spark.settings import SettingsInvalid
from cdp_spark.sources import SourceUnreadable

_INGEST = "ingest_events"
_FOLLOW = f"{FOLLOW[0].upper()}{FOLLOW[1:]}."


def run(  # noqa: PLR0913, PLR0917 - the options of a command
    conf: Conf = "",
    lake: LakeFolder = "",
    as_of: AsOf = None,
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar="STEP[+]", help="A step; STEP+ adds all later ones."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compute, write nothing.")] = False,  # noqa: FBT002 - a flag
    follow: Annotated[
        float | None, typer.Option("--follow", min=0, metavar="SECONDS", help=_FOLLOW)
    ] = None,
) -> None:
    """Run the workflow of conf/project.yaml in order; reruns are safe."""
    if follow is not None and dry_run:
        raise SettingsInvalid(
            "--follow: a dry run writes nothing, so repeats change nothing; drop --dry-run"
        )
    settings = settings_of(conf, lake)
    names = selected_steps(settings.project.workflow, select or [])
    jobs = [job_named(name) for name in names]
    # Before Spark starts: half a minute later, ingest would say the same.
    if _INGEST in names and (missing := missing_folders(settings)):
        raise SourceUnreadable("; ".join(missing))
    require_writable(lake_root(settings))
    project = open_project(settings)
    day = as_of.date() if as_of else None
    if follow is not None:
        follow_jobs(jobs, project.spark, settings, follow, day)
        project.close()
        return
    outcomes = [project.step(job, Options(day, is_dry=dry_run)) for job in jobs]
    is_above = False
    if dry_run:
        show_dry_run(jobs, outcomes)
    else:
        show_outcomes(outcomes)
        is_above = waiting_rejections(project).is_above(settings.project.rejected_limit)
        show_report(project)
    project.close()
    codes = [*(outcome.code for outcome in outcomes), REJECTIONS if is_above else DONE]
    sys.exit(next((code for code in codes if code != DONE), DONE))


def waiting_rejections(project: Project) -> Rejections:
    """The rejections that wait for a fix, of this run or an earlier one; prints them."""
    lake = project.lake("run")
    found = rejections_of(lake, project.settings.sources)
    if not found.is_empty:
        show_rejections(found, console)
    lake.discard()
    return found


def show_report(project: Project) -> None:
    """Print where the report is, if the lake has one."""
    lake = project.lake("run")
    if lake.has_page(REPORT):
        console.print(f"report: {lake.root}/reports/{REPORT}", soft_wrap=True, highlight=False)
    lake.discard()
