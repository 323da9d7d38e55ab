"""cdp schema: which fields sources bring, what changed, and how their promises stand."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from pyspark.sql import Row

from cdp_spark.bronze import standing_of
from cdp_spark.commands.opened import AsJson, Conf, LakeFolder, moment, opened, settings_of
from cdp_spark.commands.sources import known_sources
from cdp_spark.commands.summary import show_figures
from cdp_spark.silver import drift_of
from cdp_spark.tables.bronze import DELIVERY_CHECK
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


@app.command("deliveries")
def deliveries(
    source: Annotated[str, typer.Option("--source", help="Of this source only.")] = "",
    conf: Conf = "",
    lake: LakeFolder = "",
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Show how each promise of deliveries stands: its newest check, and how many were broken."""
    settings = settings_of(conf, lake)
    names = known_sources(settings, source)
    project = opened(settings)
    checks = project.lake("schema").read(DELIVERY_CHECK)
    standing = standing_of(checks.where(checks.source.isin(*names)))
    # Three a source at most.
    rows = standing.orderBy("source", "promise").limit(_SHOWN).collect()
    lines = [_standing(row, moment()) for row in rows]
    if as_json:
        typer.echo(json.dumps(lines))
    else:
        heads = ("source", "promise", "scope", "records", "wanted", "state")
        told = [tuple(str(line[head]) for head in heads) for line in lines]
        show_figures("Promises of deliveries", told or [("", "none", *[""] * 4)], *heads)
    project.close()


def _standing(row: Row, now: datetime) -> dict[str, object]:
    """One promise as it is shown; silence goes on after the last run, too."""
    due_at = row["due_at"].astimezone(UTC) if row["due_at"] else None
    is_broken = row["is_broken"] or (due_at is not None and due_at < now)
    limits = (row["least_count"], row["most_count"])
    due = f"by {due_at:%Y-%m-%d %H:%M}" if due_at else ""
    return {
        "source": row["source"],
        "promise": row["promise"],
        "scope": row["scope"],
        "verb": row["verb"],
        "records": "" if row["record_count"] is None else row["record_count"],
        "wanted": due or " to ".join(_shown(limits)),
        "state": "broken" if is_broken else "kept",
        "checked": row["checked_count"],
        "broken": row["broken_count"],
    }


def _shown(limits: tuple[int | None, int | None]) -> list[str]:
    return ["any" if limit is None else str(limit) for limit in limits]


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
