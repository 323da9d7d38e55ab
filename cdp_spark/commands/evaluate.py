"""cdp evaluate: how well people were found, and how well models predict."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.commands.opened import AsJson, Conf, LakeFolder, Opened, opened, settings_of
from cdp_spark.commands.summary import show_figures
from cdp_spark.identity.quality import (
    HandedOn,
    Quality,
    cells_of,
    handed_on_quality,
    quality_of,
)
from cdp_spark.lake import Lake
from cdp_spark.settings import SettingsRefused
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.ops import TRUTH
from cdp_spark.tables.silver import EVENT, SIGHTING
from cdp_spark.terms.assignments import assignments_of
from cdp_spark.tracking.tracking import Tracking

app = typer.Typer(no_args_is_help=True, help="How well people were found and models predict.")
_IDS = ("event_id", "record_id")
ALL = "all"


@dataclass(frozen=True)
class Compared:
    """Events with the customers found, and with the people they are truly of, by id.

    `assigned` has id and customer_id, `people` id and person_id of the events that truth tells of;
    `named` the id of those that show who it is; `handed` id, identifier_key and event_at of what an
    event shows and may be handed on.
    """

    assigned: DataFrame
    people: DataFrame
    named: DataFrame
    handed: DataFrame


@app.command("identity")
def identity(
    truth: Annotated[
        str, typer.Option("--truth", help="CSV or Parquet: event_id or record_id, person_id.")
    ] = "",
    conf: Conf = "",
    lake: LakeFolder = "",
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Compare customers with the people behind the events; without --truth with the world's own."""
    project = opened(settings_of(conf, lake))
    found, moved = identity_qualities(project, truth)
    if as_json:
        apart: dict[str, Any] = {name: one.as_json() for name, one in found.items() if name != ALL}
        if moved is not None:
            apart["handed_on"] = asdict(moved)
        typer.echo(json.dumps({"evaluation": "identity", **found[ALL].as_json(), **apart}))
    else:
        show_qualities(found)
        if moved is not None:
            rows = [(name, _number(value)) for name, value in asdict(moved).items()]
            show_figures("recycled numbers and resold devices", rows, "figure", "events")
    project.close()


def identity_quality(project: Opened, truth: str = "") -> Quality:
    """Quality of the links the lake believes now, against a file or the table world.truth.

    Raises:
        SettingsRefused: the file has not the columns, or there is no truth.
    """
    lake = project.lake("evaluate")
    told = compared(project, lake, truth)
    found = quality_of(lake.keep("cells", cells_of(told.assigned, told.people)))
    lake.discard()
    return found


def identity_qualities(
    project: Opened, truth: str = ""
) -> tuple[dict[str, Quality], HandedOn | None]:
    """Quality of all events, of those that show who it is, and of those that show a device at most.

    `known` and `anonymous` are left out where there is no such event. Then that of what went from
    one person to the next; none where nothing did.

    Raises:
        SettingsRefused: as for `identity_quality`.
    """
    lake = project.lake("evaluate")
    told = compared(project, lake, truth)
    parts = {
        ALL: told.people,
        "known": told.people.join(told.named, on="id", how="left_semi"),
        "anonymous": told.people.join(told.named, on="id", how="left_anti"),
    }
    found = {}
    for name, part in parts.items():
        cells = lake.keep(f"cells_{name}", cells_of(told.assigned, part))
        if not cells.isEmpty():
            found[name] = quality_of(cells)
    moved = handed_on_quality(told.assigned, told.people, told.handed)
    lake.discard()
    return found, moved


def compared(project: Opened, lake: Lake, truth: str) -> Compared:
    """What was found beside what is true, kept aside in the lake.

    Raises:
        SettingsRefused: as for `identity_quality`.
    """
    known = truth_in(project.spark, truth) if truth else lake.read(TRUTH)
    by = next((name for name in _IDS if name in known.columns), "")
    if not by or "person_id" not in known.columns:
        raise SettingsRefused(f"{truth}: columns {known.columns}; event_id or record_id, person_id")
    if known.isEmpty():
        raise SettingsRefused("no truth: give --truth FILE, or run `cdp demo --data world` first")
    rules = project.settings.identity.rules
    events, sightings = lake.read(EVENT), lake.read(SIGHTING)
    assigned = assignments_of(events, sightings, lake.read(LINK), rules)
    assigned = lake.keep("assigned", assigned.select(F.col(by).alias("id"), "customer_id"))
    wanted = known.select(F.col(by).alias("id"), "person_id")
    received = wanted.join(assigned.select("id"), on="id", how="left_semi")
    received = lake.keep("people", received)
    if received.isEmpty():
        raise SettingsRefused(f"{truth}: none of its {by} is that of an event here")
    ids = events.select("event_key", F.col(by).alias("id"))
    shown = sightings.join(ids, on="event_key", how="inner")
    devices = [rule.name for rule in rules if rule.is_device]
    unique = [rule.name for rule in rules if rule.unique]
    named = shown.where(~F.col("kind").isin(devices)).select("id").distinct()
    handed = shown.where(~F.col("kind").isin(unique)).select("id", "identifier_key", "event_at")
    return Compared(assigned, received, lake.keep("named", named), lake.keep("handed", handed))


def show_qualities(found: dict[str, Quality]) -> None:
    """Print the figures of all events beside those of known and anonymous ones."""
    columns = [quality.as_json() for quality in found.values()]
    rows = [(key, *[_number(one[key]) for one in columns]) for key in columns[0]]
    show_figures("identity", rows, "figure", *found)


def truth_in(spark: SparkSession, file: str) -> DataFrame:
    """The rows of a CSV file with a header, or of Parquet.

    Raises:
        SettingsRefused: there is no such file.
    """
    if "://" not in file and not Path(file).exists():
        raise SettingsRefused(f"--truth {file}: no such file")
    if file.endswith((".csv", ".csv.gz")):
        return spark.read.csv(file, header=True)
    return spark.read.parquet(file)


@app.command("models")
def models(conf: Conf = "", lake: LakeFolder = "", as_json: AsJson = False) -> None:  # noqa: FBT002 - a flag
    """Show the newest metrics of every model beside its baseline's."""
    settings = settings_of(conf, lake)
    project = opened(settings)
    found = Tracking.at(project.lake("evaluate").root, settings.tracking).verdicts()
    if as_json:
        typer.echo(json.dumps(found))
    else:
        show_models(found)
    project.close()


def show_models(found: list[dict[str, object]]) -> None:
    """Print metrics beside baselines."""
    rows = [
        (str(one["model"]), str(one["metric"]), _number(one["value"]), _number(one["baseline"]),
         "yes" if one["is_champion"] else "no")
        for one in found
    ]  # fmt: skip
    show_figures("Models", rows, "model", "metric", "ours", "baseline", "champion")


def _number(value: object) -> str:
    return f"{value:,.4f}" if isinstance(value, float) else str(value)
