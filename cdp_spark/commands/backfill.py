"""cdp backfill: replay records that landed in the past, with today's settings and code."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from cdp_spark.commands.shared.options import Conf, LakeFolder
from cdp_spark.commands.shared.project import open_project, settings_of
from cdp_spark.commands.shared.replays import has_replayed
from cdp_spark.commands.shared.sources import known_sources
from cdp_spark.settings import SettingsInvalid
from cdp_spark.silver import backfills_of
from cdp_spark.tables.bronze import RECORD

_DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


def backfill(  # noqa: PLR0913, PLR0917 - the options of a command
    begin: Annotated[datetime, typer.Option("--from", formats=_DAYS, help="Start, UTC.")],
    end: Annotated[datetime, typer.Option("--to", formats=_DAYS, help="End, UTC, not included.")],
    source: Annotated[str, typer.Option("--source", help="Only records of this source.")] = "",
    conf: Conf = "",
    lake: LakeFolder = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only, replay none.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Replay the records that landed in [FROM, TO), then run the later steps.

    Other runs may go on. An event changes only where settings or code changed; no event is
    duplicated, and accepted records stay accepted.
    """
    if end <= begin:
        raise SettingsInvalid(
            f"--to {end}: expected a moment after --from {begin}; give a later --to"
        )
    settings = settings_of(conf, lake)
    sources = known_sources(settings, source)
    project = open_project(settings)
    ledger = project.lake("backfill")
    window = (begin.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
    requests = backfills_of(ledger.read(RECORD), ledger.run.run_id, sources, *window)
    has_replayed(project, ledger, requests, is_dry=dry_run)
    ledger.discard()
    project.close()
