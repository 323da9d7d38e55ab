"""cdp demo: deliver a world's next days, run the workflow, and tell what was made."""

import sys
import time
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from cdp_spark.commands.deliver import deliver_retail, deliver_world
from cdp_spark.commands.evaluate import identity_quality, show_models
from cdp_spark.commands.opened import LakeFolder, Opened, opened, settings_of, talk
from cdp_spark.commands.summary import show_figures, show_outcomes
from cdp_spark.launch import DONE, Options, Outcome, job_named
from cdp_spark.settings import Settings
from cdp_spark.tables.catalogue import TABLES
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tracking.tracking import Tracking


class Data(StrEnum):
    """What the demo runs on."""

    world = "world"
    retail = "retail"


def demo(
    data: Annotated[Data, typer.Option("--data", help="Simulated, or a real panel.")] = Data.world,
    people: Annotated[int, typer.Option("--people", min=0, help="Size of the world; 0: conf.")] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Another world; -1: as in conf.")] = -1,
    lake: LakeFolder = "",
) -> None:
    """From raw events to scored, segmented customers; run again, it takes the next day only."""
    settings = _settings(data, people, seed, lake)
    jobs = [job_named(name) for name in settings.project.workflow]
    project = opened(settings)
    started = time.perf_counter()
    last_on = _deliver(project, data)
    options = Options(last_on + timedelta(days=1))
    outcomes = [project.step(job, options) for job in jobs]
    _tell(project, outcomes, data, time.perf_counter() - started)
    project.close()
    sys.exit(next((outcome.code for outcome in outcomes if outcome.code != DONE), DONE))


def _settings(data: Data, people: int, seed: int, lake: str) -> Settings:
    settings = settings_of("" if data == Data.world else "retail", lake)
    changes = {"people": people or None, "seed": seed if seed >= 0 else None}
    given = {name: value for name, value in changes.items() if value is not None}
    return settings.model_copy(update={"world": settings.world.model_copy(update=given)})


def _deliver(project: Opened, data: Data) -> date:
    with talk.status("delivering events …"):
        lake = project.lake("deliver")
        if data == Data.retail:
            return deliver_retail(lake)
        return deliver_world(lake, project.settings.world)


def _tell(project: Opened, outcomes: list[Outcome], data: Data, seconds: float) -> None:
    show_outcomes(outcomes)
    lake = project.lake("demo")
    counts = [(name, f"{lake.read(TABLES[name]).count():,}") for name in TABLES]
    show_figures("Rows per table", [row for row in counts if row[1] != "0"], "table", "rows")
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
    show_figures("People found", people, "figure", "value")
    tracking = Tracking.at(lake.root, project.settings.tracking)
    show_models(tracking.verdicts())
    talk.print(f"[bold]{seconds:.0f} s[/bold] from raw events to the page. Where to look:")
    talk.print(f"  tables  {lake.root}")
    talk.print(f"  page    {lake.root}/reports/index.html")
    talk.print(f"  models  .venv/bin/mlflow ui --backend-store-uri {tracking.uri}", soft_wrap=True)
