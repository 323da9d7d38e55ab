"""cdp validate: check the settings, or print their JSON Schema."""

import json
from typing import Annotated

import typer
from rich.text import Text

from cdp_spark.commands.shared.options import Conf
from cdp_spark.commands.shared.output import console
from cdp_spark.commands.shared.project import settings_of
from cdp_spark.commands.shared.sources import missing_folders
from cdp_spark.launch import job_named
from cdp_spark.settings import Settings, settings_hash


def validate(
    conf: Conf = "",
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Check every settings file; report all faults at once, each with file, key and value."""
    if schema:
        typer.echo(json.dumps(Settings.model_json_schema(), indent=2))
        return
    settings = settings_of(conf)
    for name in settings.project.workflow:
        job_named(name)
    for sentence in missing_folders(settings):
        console.print(Text("warning:", "yellow"), sentence, highlight=False)
    console.print(
        f"settings of '{settings.project.name}' are valid ({settings_hash(settings)[:12]})"
    )
