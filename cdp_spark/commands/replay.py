"""cdp replay: replay rejected records after a fix."""

from typing import Annotated

import typer

from cdp_spark.commands.shared.options import Conf, LakeFolder
from cdp_spark.commands.shared.output import console
from cdp_spark.commands.shared.project import open_project, settings_of
from cdp_spark.commands.shared.replays import has_replayed
from cdp_spark.commands.shared.sources import known_sources
from cdp_spark.silver import replays_of
from cdp_spark.tables.silver import REJECTED


def replay(
    source: Annotated[str, typer.Option("--source", help="Only records of this source.")] = "",
    reason: Annotated[
        list[str] | None, typer.Option("--reason", help="Only records rejected for this reason.")
    ] = None,
    conf: Conf = "",
    lake: LakeFolder = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only, replay none.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Replay rejected records with today's settings, then run the later steps."""
    settings = settings_of(conf, lake)
    sources = known_sources(settings, source) if source else []
    project = open_project(settings)
    ledger = project.lake("replay")
    requests = replays_of(ledger.read(REJECTED), ledger.run.run_id, sources, reason or [])
    if has_replayed(project, ledger, requests, is_dry=dry_run):
        left = project.lake("replay").read(REJECTED).where("not is_replayed")
        console.print(
            f"still rejected: {left.join(requests, on='record_id', how='left_semi').count():,}"
        )
    ledger.discard()
    project.close()
