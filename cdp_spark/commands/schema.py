"""cdp schema: which fields sources bring, and what changed in them."""

import json
from typing import Annotated

import typer
from pyspark.sql import Row

from cdp_spark.commands.opened import AsJson, Conf, LakeFolder, opened, settings_of
from cdp_spark.commands.sources import known_sources
from cdp_spark.commands.summary import show_figures
from cdp_spark.silver import drift_of
from cdp_spark.tables.silver import SHAPE

app = typer.Typer(no_args_is_help=True, help="Which fields sources bring, and what changed.")
_SHOWN = 1_000


@app.callback()
def schema() -> None:
    """Which fields sources bring, and what changed in them."""


@app.command("drift")
def drift(
    source: Annotated[str, typer.Option("--source", help="Of this source only.")] = "",
    last: Annotated[
        int, typer.Option("--last", min=1, help="Compare so many last batches with all before.")
    ] = 1,
    conf: Conf = "",
    lake: LakeFolder = "",
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Show fields that are new, vanished or of another type, since when, in how many records."""
    settings = settings_of(conf, lake)
    names = known_sources(settings, source)
    project = opened(settings)
    shapes = project.lake("schema").read(SHAPE)
    found = drift_of(shapes.where(shapes.source.isin(*names)), last)
    # Fields, not rows: a source has hundreds; more than are shown are told as such.
    rows = found.orderBy("source", "path").limit(_SHOWN + 1).collect()
    if as_json:
        typer.echo(json.dumps([_told(row) for row in rows[:_SHOWN]]))
    else:
        lines = [tuple(map(str, _told(row).values())) for row in rows[:_SHOWN]]
        heads = ("source", "field", "change", "types", "before", "since", "records")
        show_figures("Schema drift", lines or [("", "nothing changed", *[""] * 5)], *heads)
    if len(rows) > _SHOWN:
        typer.echo(f"more than {_SHOWN} fields changed: these are the first", err=True)
    project.close()


def _told(row: Row) -> dict[str, object]:
    return {
        "source": row["source"],
        "field": row["path"],
        "change": row["change"],
        "types": ", ".join(row["types"]),
        "types_before": ", ".join(row["types_before"]),
        "since": row["since_at"].isoformat(timespec="seconds"),
        "records": row["record_count"],
    }
