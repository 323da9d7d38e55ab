"""cdp evaluate: how well identity resolution found people, and how well models predict."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from cdp_spark.commands.shared.evaluation import (
    Qualities,
    formatted,
    identity_qualities,
    show_models,
)
from cdp_spark.commands.shared.options import AsJson, Conf, LakeFolder
from cdp_spark.commands.shared.output import console, show_table
from cdp_spark.commands.shared.project import open_project, settings_of
from cdp_spark.tracking.tracking import Tracking

app = typer.Typer(no_args_is_help=True, help="Quality of identity resolution and of models.")


@app.command("identity")
def identity(
    truth: Annotated[
        str, typer.Option("--truth", help="CSV or Parquet: event_id or record_id, person_id.")
    ] = "",
    conf: Conf = "",
    lake: LakeFolder = "",
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Compare customers with the people behind the events; without --truth, with world.truth."""
    project = open_project(settings_of(conf, lake))
    with console.status("comparing customers with people …"):
        found = identity_qualities(project, truth)
    if as_json:
        typer.echo(json.dumps({"evaluation": "identity", **found.as_json()}))
    else:
        show_qualities(found)
    project.close()


def show_qualities(qualities: Qualities) -> None:
    """Print the metrics of all events beside those of known and anonymous ones."""
    columns = [quality.as_json() for quality in qualities.found.values()]
    rows = [(key, *[formatted(one[key]) for one in columns]) for key in columns[0]]
    best = [quality.as_json() for quality in qualities.reachable.values()]
    rows += [(f"reachable_{key}", *[formatted(one[key]) for one in best])
             for key in ("pair_recall", "pair_f1")]  # fmt: skip
    show_table("Identity", rows, "metric", *qualities.found)
    if qualities.handed_on is not None:
        moved = [(name, formatted(value)) for name, value in asdict(qualities.handed_on).items()]
        show_table("Recycled numbers and resold devices", moved, "metric", "events")


@app.command("models")
def models(conf: Conf = "", lake: LakeFolder = "", as_json: AsJson = False) -> None:  # noqa: FBT002 - a flag
    """Show the newest metrics of each model beside its baseline's."""
    settings = settings_of(conf, lake)
    project = open_project(settings)
    found = Tracking.at(project.lake("evaluate").root, settings.tracking).model_metrics()
    if as_json:
        typer.echo(json.dumps(found))
    else:
        show_models(found)
    project.close()
