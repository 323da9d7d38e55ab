"""cdp try: files → customers, segments and a report, in a lake that is thrown away."""

import os
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cdp_spark.commands.shared.output import console
from cdp_spark.commands.shared.places import country_named, currency_named
from cdp_spark.commands.shared.project import Project, moment, open_project, settings_of
from cdp_spark.commands.shared.proposals import proposed_source
from cdp_spark.commands.shared.rejections import rejections_of, show_rejections
from cdp_spark.commands.shared.trials import (
    STEPS,
    TrialResult,
    TrialSource,
    last_day,
    permanent_commands,
    source_names,
    trial_folder,
    trial_result,
)
from cdp_spark.launch import Options, is_project, job_named, project_folder, shipped_folder
from cdp_spark.settings import load
from cdp_spark.sources.inference.questions import Given

_PLACES = ("country", "currency", "time_zone")


def try_files(
    files: Annotated[list[Path], typer.Argument(help="CSV, Excel, JSON lines, Parquet, …")],
    country: Annotated[str, typer.Option("--country", help="Of phone numbers, such as DE.")] = "",
    currency: Annotated[str, typer.Option("--currency", help="Of amounts, such as EUR.")] = "",
) -> None:
    """Show what your files would become: customers, orders, segments and a report.

    Describes each file as `cdp init source` does, without a question, and runs the steps in a new
    folder. Your project, its settings and its lake stay as they are.
    """
    is_named = bool(os.environ.get("CDP_HOME")) or is_project(Path.cwd())
    start = project_folder() if is_named else shipped_folder()
    usual = load(start / "conf")
    codes = country_named(country), currency_named(currency), usual.project.time_zone
    given = {key: code for key, code in zip(_PLACES, codes, strict=True) if code}
    out = Console()
    names = source_names(files, [one.name for one in usual.sources.entries])
    sources = _sources(files, names, Given(*codes), out)
    folder = trial_folder(start, usual, sources, given)
    os.environ["CDP_HOME"] = str(folder)
    started = time.perf_counter()
    project = open_project(settings_of(""))
    _run(project)
    lake = project.lake("try")
    _show(trial_result(lake), out)
    rejections = rejections_of(lake, project.settings.sources)
    if not rejections.is_empty:
        show_rejections(rejections, out, has_next=False)
    lake.discard()
    project.close()
    out.print(f"{time.perf_counter() - started:.0f} s; report: {lake.root}/reports/index.html")
    out.print(f"this trial: {folder}; remove it with rm -r {folder}", soft_wrap=True)
    out.print("\nTo make it permanent, review the entries above and run:")
    for line in permanent_commands(sources, given):
        out.print(f"  {line}", soft_wrap=True, highlight=False)


def _sources(files: list[Path], names: list[str], given: Given, out: Console) -> list[TrialSource]:
    """The files with their proposed entries, which are printed."""
    found = []
    for file, name in zip(files, names, strict=True):
        entry = proposed_source(name, file, given).entry
        out.print(f"{file.name} as source {name}:", style="bold", highlight=False)
        out.print(entry, markup=False, highlight=False, soft_wrap=True)
        found.append(TrialSource(file, name, entry))
    return found


def _run(project: Project) -> None:
    """Run the steps; those after parsing as of the day after the last event."""
    today = moment().date()
    for name in STEPS[:2]:
        project.step(job_named(name), Options(today))
    lake = project.lake("try")
    day = last_day(lake, today)
    lake.discard()
    for name in STEPS[2:]:
        project.step(job_named(name), Options(day))
    console.print(f"as of {day}")


def _show(found: TrialResult, out: Console) -> None:
    out.print(
        f"\n{found.events:,} events of {found.customers:,} customers, {found.known:,} of them "
        "known by more than a device"
    )
    for currency, count, net in found.orders:
        out.print(f"{count:,} orders, net {net} {currency}")
    if found.anonymous_orders:
        out.print(f"{found.anonymous_orders:,} orders name no customer")
    for name, count in found.segments.items():
        out.print(f"segment {name}: {count:,}")
