"""cdp rejected: rejected records by source and reason, with a masked example and the next step."""

import json
from typing import Annotated

import pyarrow as pa
import typer
from pyspark.sql import functions as F

from cdp_spark.commands.shared.decisions import steward_name
from cdp_spark.commands.shared.options import AsJson, Conf, LakeFolder
from cdp_spark.commands.shared.output import results
from cdp_spark.commands.shared.project import open_project, settings_of
from cdp_spark.commands.shared.rejections import (
    rejected_files_of,
    rejections_of,
    show_rejections,
)
from cdp_spark.commands.shared.sources import known_sources
from cdp_spark.lake import Lake
from cdp_spark.silver import dismissals_of
from cdp_spark.tables.bronze import FILE
from cdp_spark.tables.silver import DISMISSAL, REJECTED


def rejected(  # noqa: PLR0913, PLR0917 - the options of a command
    conf: Conf = "",
    lake: LakeFolder = "",
    source: Annotated[str, typer.Option("--source", help="Records of this source only.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="With this reason only.")] = "",
    dismiss: Annotated[bool, typer.Option("--dismiss", help="List these no longer.")] = False,  # noqa: FBT002 - a flag
    json_: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """List rejected records and files that wait for a fix, by source and reason.

    In the examples letters are x and digits 9; replay a group after a fix with `cdp replay`.
    """
    settings = settings_of(conf, lake)
    if dismiss and source:
        known_sources(settings, source)
    project = open_project(settings)
    ledger = project.lake("rejected")
    found = rejections_of(ledger, settings.sources).only(source, reason)
    if dismiss:
        _dismiss(ledger, source, reason)
    project.close()
    if json_:
        typer.echo(json.dumps(found.as_json()))
    elif found.is_empty:
        typer.echo("no rejected records wait for a replay")
    elif dismiss:
        typer.echo(f"dismissed: {found.counted()}; later ones are listed again")
    else:
        show_rejections(found, results())


def _dismiss(ledger: Lake, source: str, reason: str) -> None:
    """Store that the rejections of now are dismissed."""
    columns = ("source", "reason", "batch")
    files = pa.Table.from_pylist(rejected_files_of(ledger), FILE.arrow_schema).select(columns)
    rows = ledger.read(REJECTED).where("not is_replayed").select(*columns)
    both = rows.unionByName(ledger.spark.createDataFrame(files)) if files.num_rows else rows
    found = dismissals_of(both, steward_name(), source, reason)
    ledger.merge(DISMISSAL, found.withColumn("dismissed_at", F.lit(ledger.run.started_at)))
    ledger.finish(0.0)
    ledger.discard()
