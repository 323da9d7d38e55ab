"""cdp schema: the fields of sources, their changes, and the delivery expectations."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from pyspark.sql import Row

from cdp_spark.bronze import latest_checks
from cdp_spark.commands.shared.options import AsJson, Conf, LakeFolder
from cdp_spark.commands.shared.output import show_table
from cdp_spark.commands.shared.project import moment, open_project, settings_of
from cdp_spark.commands.shared.sources import known_sources
from cdp_spark.silver import schema_drift
from cdp_spark.tables.bronze import DELIVERY_CHECK
from cdp_spark.tables.silver import SHAPE

app = typer.Typer(no_args_is_help=True, help="Fields of sources, and their changes.")
_SHOWN = 1_000


@app.callback()
def schema() -> None:
    """Fields of sources, and their changes."""


@app.command("drift")
def drift(
    source: Annotated[str, typer.Option("--source", help="Of this source only.")] = "",
    last: Annotated[
        int,
        typer.Option("--last", min=1, help="Compare this many last batches with all earlier ones."),
    ] = 1,
    conf: Conf = "",
    lake: LakeFolder = "",
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Show new, vanished and retyped fields, since when, and in how many records."""
    settings = settings_of(conf, lake)
    names = known_sources(settings, source)
    project = open_project(settings)
    shapes = project.lake("schema").read(SHAPE)
    found = schema_drift(shapes.where(shapes.source.isin(*names)), last)
    # Fields, not rows: a source has hundreds. One row more shows that the list is cut.
    rows = found.orderBy("source", "path").limit(_SHOWN + 1).collect()
    if as_json:
        typer.echo(json.dumps([_drift_row(row) for row in rows[:_SHOWN]]))
    else:
        lines = [tuple(map(str, _drift_row(row).values())) for row in rows[:_SHOWN]]
        heads = ("source", "field", "change", "types", "before", "since", "records")
        show_table("Schema drift", lines or [("", "nothing changed", *[""] * 5)], *heads)
    if len(rows) > _SHOWN:
        typer.echo(
            f"more than {_SHOWN} fields changed; these are the first, use --source to see others",
            err=True,
        )
    project.close()


@app.command("deliveries")
def deliveries(
    source: Annotated[str, typer.Option("--source", help="Of this source only.")] = "",
    conf: Conf = "",
    lake: LakeFolder = "",
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Show the latest check of each delivery expectation, and how many checks failed."""
    settings = settings_of(conf, lake)
    names = known_sources(settings, source)
    project = open_project(settings)
    checks = project.lake("schema").read(DELIVERY_CHECK)
    latest = latest_checks(checks.where(checks.source.isin(*names)))
    # At most three per source.
    rows = latest.orderBy("source", "expectation").limit(_SHOWN).collect()
    lines = [_check_row(row, moment()) for row in rows]
    if as_json:
        typer.echo(json.dumps(lines))
    else:
        heads = ("source", "expectation", "scope", "records", "wanted", "state")
        rows_shown = [tuple(str(line[head]) for head in heads) for line in lines]
        show_table("Delivery expectations", rows_shown or [("", "none", *[""] * 4)], *heads)
    project.close()


def _check_row(row: Row, now: datetime) -> dict[str, object]:
    """One expectation as shown; a source may become late after its last check."""
    due_at = row["due_at"].astimezone(UTC) if row["due_at"] else None
    is_failed = row["is_failed"] or (due_at is not None and due_at < now)
    limits = (row["least_count"], row["most_count"])
    due = f"by {due_at:%Y-%m-%d %H:%M}" if due_at else ""
    return {
        "source": row["source"],
        "expectation": row["expectation"],
        "scope": row["scope"],
        "on_violation": row["on_violation"],
        "records": "" if row["record_count"] is None else row["record_count"],
        "wanted": due or " to ".join(_limits_shown(limits)),
        "state": "failed" if is_failed else "passed",
        "checked": row["checked_count"],
        "failed": row["failed_count"],
    }


def _limits_shown(limits: tuple[int | None, int | None]) -> list[str]:
    return ["any" if limit is None else str(limit) for limit in limits]


def _drift_row(row: Row) -> dict[str, object]:
    return {
        "source": row["source"],
        "field": row["path"],
        "change": row["change"],
        "types": ", ".join(row["types"]),
        "types_before": ", ".join(row["types_before"]),
        "since": row["since_at"].isoformat(timespec="seconds"),
        "records": row["record_count"],
    }
