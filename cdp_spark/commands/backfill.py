"""cdp backfill: what landed in the past taken again, with today's settings and code."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from cdp_spark.commands.again import taken_again
from cdp_spark.commands.opened import Conf, LakeFolder, opened, settings_of
from cdp_spark.commands.sources import known_sources
from cdp_spark.settings import SettingsRefused
from cdp_spark.silver import backfills_of
from cdp_spark.tables.bronze import RECORD

_DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


def backfill(  # noqa: PLR0913, PLR0917 - the options of a command
    begin: Annotated[datetime, typer.Option("--from", formats=_DAYS, help="First moment, UTC.")],
    end: Annotated[datetime, typer.Option("--to", formats=_DAYS, help="Moment after it, UTC.")],
    source: Annotated[str, typer.Option("--source", help="Only records of this source.")] = "",
    conf: Conf = "",
    lake: LakeFolder = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count them, take none.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Take the records that landed in [FROM, TO) again; later steps follow, and runs may go on.

    Events change where settings or code have; nothing is doubled, and what was accepted stays.
    """
    if end <= begin:
        raise SettingsRefused(f"--to {end}: expected a moment after --from {begin}")
    settings = settings_of(conf, lake)
    sources = known_sources(settings, source)
    project = opened(settings)
    asking = project.lake("backfill")
    window = (begin.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
    asked = backfills_of(asking.read(RECORD), asking.run.run_id, sources, *window)
    taken_again(project, asking, asked, is_dry=dry_run)
    asking.discard()
    project.close()
