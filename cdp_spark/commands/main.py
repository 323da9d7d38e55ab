"""The `cdp` command: its verbs, and the exit codes of errors."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from cdp_spark.commands import (
    backfill,
    catalogue,
    collect,
    demo,
    evaluate,
    explain,
    export,
    init,
    override,
    plan,
    rejected,
    replay,
    run,
    schema,
    trial,
    unmerge,
    validate,
    verify,
)
from cdp_spark.commands.shared.output import console
from cdp_spark.launch import BUG, exit_code

app = typer.Typer(
    name="cdp",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def of_project(
    project: Annotated[
        str, typer.Option("--project", metavar="FOLDER", help="The project; else CDP_HOME, else .")
    ] = "",
) -> None:
    """An open customer data platform: raw events to people, scores and audiences."""
    if project:
        os.environ["CDP_HOME"] = str(Path(project).absolute())


app.add_typer(init.app, name="init")
app.command("try")(trial.try_files)
app.command("validate")(validate.validate)
app.add_typer(plan.app, name="plan")
app.command("run")(run.run)
app.command("backfill")(backfill.backfill)
app.command("rejected")(rejected.rejected)
app.command("replay")(replay.replay)
app.command("collect")(collect.collect)
app.command("verify")(verify.verify)
app.command("demo")(demo.demo)
app.command("override")(override.override)
app.command("unmerge")(unmerge.unmerge)
app.add_typer(explain.app, name="explain")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(export.app, name="export")
app.add_typer(schema.app, name="schema")
app.command("catalogue")(catalogue.catalogue)


def main() -> None:
    """Run a verb; an expected error becomes one sentence and its exit code."""
    try:
        app()
    except Exception as error:
        code = exit_code(error)
        if code == BUG:
            raise
        sentence = str(error)
        if isinstance(error, PermissionError) and error.filename:
            sentence = f"{error.filename}: {error.strerror}; give this user the permission"
        console.print(Text("cdp:", "red"), sentence, highlight=False)
        sys.exit(code)
