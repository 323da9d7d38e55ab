"""cdp export: results of the lake as files, for other tools."""

from pathlib import Path
from typing import Annotated

import typer
from pyspark.sql import functions as F

from cdp_spark.commands.shared.options import AsOf, Conf, LakeFolder
from cdp_spark.commands.shared.output import console
from cdp_spark.commands.shared.project import open_project, settings_of
from cdp_spark.semantics.assignments import assignments_of
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.silver import EVENT, SIGHTING

app = typer.Typer(no_args_is_help=True, help="Export results as files.")


@app.callback()
def export() -> None:
    """Export results as files."""


@app.command("assignments")
def assignments(
    out: Annotated[Path, typer.Argument(help="New folder for CSV or Parquet files.")],
    conf: Conf = "",
    lake: LakeFolder = "",
    as_of: AsOf = None,
    form: Annotated[str, typer.Option("--format", help="csv or parquet")] = "csv",
) -> None:
    """Write event_id and customer_id of every event available before a day, or of all."""
    if form not in ("csv", "parquet"):
        raise SettingsInvalid(f"--format {form}: expected csv or parquet")
    if out.exists():
        raise SettingsInvalid(f"{out}: exists already; name a new folder")
    settings = settings_of(conf, lake)
    project = open_project(settings)
    tables = project.lake("export")
    rows = assignments_of(
        tables.read(EVENT),
        tables.read(SIGHTING),
        tables.read(LINK),
        settings.identity.identifiers,
    )
    if as_of is not None:
        rows = rows.where(F.to_date("available_at") < F.lit(as_of.date()))
    wanted = rows.select("event_id", "record_id", "source", "customer_id")
    writer = wanted.write.option("header", "true") if form == "csv" else wanted.write
    writer.format(form).save(str(out))
    console.print(f"wrote {out}")
    project.close()
