"""cdp replay: refused records taken again, after a fix."""

from typing import Annotated

import typer

from cdp_spark.commands.again import taken_again
from cdp_spark.commands.opened import Conf, LakeFolder, opened, settings_of, talk
from cdp_spark.commands.sources import known_sources
from cdp_spark.silver import replays_of
from cdp_spark.tables.silver import REFUSED


def replay(
    source: Annotated[str, typer.Option("--source", help="Only records of this source.")] = "",
    reason: Annotated[
        list[str] | None, typer.Option("--reason", help="Only records refused for this.")
    ] = None,
    conf: Conf = "",
    lake: LakeFolder = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count them, take none.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Judge refused records again with today's settings, each once; later steps follow."""
    settings = settings_of(conf, lake)
    sources = known_sources(settings, source) if source else []
    project = opened(settings)
    asking = project.lake("replay")
    asked = replays_of(asking.read(REFUSED), asking.run.run_id, sources, reason or [])
    if taken_again(project, asking, asked, is_dry=dry_run):
        left = project.lake("replay").read(REFUSED).where("not is_replayed")
        talk.print(f"still refused: {left.join(asked, on='record_id', how='left_semi').count():,}")
    asking.discard()
    project.close()
