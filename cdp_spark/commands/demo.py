"""cdp demo: write the world's next days, run the workflow and show the results."""

import os
import sys
import time
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from cdp_spark.commands.shared.demo_files import write_retail_panel, write_world_days
from cdp_spark.commands.shared.evaluation import identity_quality, show_models
from cdp_spark.commands.shared.options import LakeFolder
from cdp_spark.commands.shared.output import console, show_outcomes, show_table
from cdp_spark.commands.shared.project import Project, open_project, settings_of
from cdp_spark.launch import (
    DONE,
    Options,
    Outcome,
    is_project,
    job_named,
    project_folder,
    shipped_folder,
)
from cdp_spark.settings import Settings, load
from cdp_spark.tables.catalogue import TABLES
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tracking.tracking import Tracking

_OWN_LAKE = ".lake/demo"


class Data(StrEnum):
    """What the demo runs on."""

    world = "world"
    retail = "retail"


def demo(
    data: Annotated[
        Data, typer.Option("--data", help="Simulated people, or a real panel.")
    ] = Data.world,
    people: Annotated[
        int, typer.Option("--people", min=0, help="People in the world; 0: conf.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the world; -1: conf.")] = -1,
    lake: LakeFolder = "",
) -> None:
    """Go from raw events to scored, segmented customers; a second run adds the next day only.

    The lake of the demo is its own: simulated people never mix with those of a project.
    """
    settings = demo_settings(data, people, seed, lake)
    jobs = [job_named(name) for name in settings.project.workflow]
    project = open_project(settings)
    started = time.perf_counter()
    last_on = _write_days(project, data)
    options = Options(last_on + timedelta(days=1))
    outcomes = [project.step(job, options) for job in jobs]
    _show(project, outcomes, data, time.perf_counter() - started)
    project.close()
    sys.exit(next((outcome.code for outcome in outcomes if outcome.code != DONE), DONE))


def demo_settings(data: Data, people: int, seed: int, lake: str) -> Settings:
    """The settings of the project, or of this package without one, with a lake of its own."""
    if "CDP_HOME" not in os.environ and not is_project(Path.cwd()):
        os.environ["CDP_HOME"] = str(shipped_folder())
    is_shipped = project_folder().resolve() == shipped_folder()
    is_apart = is_shipped or data == Data.retail
    own = lake or ("" if is_apart else str(project_folder() / _OWN_LAKE))
    settings = settings_of("" if data == Data.world else "retail", own)
    if not is_apart:  # the simulated shop's: those of the project are about other data
        shipped = load(shipped_folder() / "conf")
        project = settings.project.model_copy(update={"currency": shipped.project.currency})
        settings = settings.model_copy(update={"sources": shipped.sources, "project": project})
    changes = {"people": people or None, "seed": seed if seed >= 0 else None}
    overrides = {name: value for name, value in changes.items() if value is not None}
    return settings.model_copy(update={"world": settings.world.model_copy(update=overrides)})


def _write_days(project: Project, data: Data) -> date:
    with console.status("writing events …"):
        lake = project.lake("deliver")
        if data == Data.retail:
            return write_retail_panel(lake)
        return write_world_days(lake, project.settings.world)


def _show(project: Project, outcomes: list[Outcome], data: Data, seconds: float) -> None:
    show_outcomes(outcomes)
    lake = project.lake("demo")
    counts = [(name, f"{lake.read(TABLES[name]).count():,}") for name in TABLES]
    show_table("Rows per table", [row for row in counts if row[1] != "0"], "table", "rows")
    customers = lake.read(CUSTOMER)
    known = customers.where("is_known").count()
    people = [("known people", f"{known:,}"), ("anonymous", f"{customers.count() - known:,}")]
    if data == Data.world:
        quality = identity_quality(project)
        people += [
            ("pair precision", f"{quality.pair_precision:.4f}"),
            ("pair recall", f"{quality.pair_recall:.4f}"),
            ("people in the worst cluster", str(quality.worst_cluster)),
        ]
    show_table("People found", people, "metric", "value")
    tracking = Tracking.at(lake.root, project.settings.tracking)
    show_models(tracking.model_metrics())
    text = "from raw events to the report. Where to look:"
    console.print(Text(f"{seconds:.0f} s", "bold"), text)
    console.print(f"  tables  {lake.root}")
    console.print(f"  report  {lake.root}/reports/index.html")
    console.print(
        f"  models  .venv/bin/mlflow ui --backend-store-uri {tracking.uri}", soft_wrap=True
    )
