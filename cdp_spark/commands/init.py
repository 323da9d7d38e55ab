"""cdp init: a new project folder, or a source proposed from a sample file."""

import re
import shutil
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cdp_spark.commands.shared.output import console, show_table
from cdp_spark.commands.shared.project import settings_of
from cdp_spark.commands.shared.proposals import first_rows, proposed_source
from cdp_spark.commands.shared.sources import source_folders
from cdp_spark.launch import project_folder, shipped_folder
from cdp_spark.settings import SettingsInvalid, load

_PREVIEWED = ("event id", "time", "event", "amount", "identifiers")
_COPIED = ("conf", "jobs", "jars.lock")


class _FolderOrVerb(TyperGroup):
    """`cdp init FOLDER` makes a project: a word that is not a verb is the folder."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The subcommand of the arguments; `project` where none is named."""
        is_verb = bool(args) and args[0] in self.commands
        return super().resolve_command(ctx, args if is_verb else ["project", *args])


app = typer.Typer(
    cls=_FolderOrVerb,
    help="Make a project: `cdp init FOLDER`; or propose a source: `cdp init source NAME`.",
    no_args_is_help=True,
)


@app.command("project")
def project(
    folder: Annotated[Path, typer.Argument(help="New or empty folder.")],
) -> None:
    """Make a project folder with its own settings, jobs and lake."""
    if folder.exists() and any(folder.iterdir()):
        raise SettingsInvalid(f"{folder}: not empty; name a new folder")
    source = shipped_folder()
    for name in _COPIED:
        if (source / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source / name, folder / name, ignore=ignore)
        else:
            shutil.copy(source / name, folder / name)
    if (source / ".jars").is_dir():
        shutil.copytree(source / ".jars", folder / ".jars")
    for path in source_folders(load(folder / "conf"), folder).values():
        if path.is_relative_to(folder.absolute()):  # folders elsewhere are the other project's
            path.mkdir(parents=True, exist_ok=True)
    console.print(
        f"created {folder}; next: cd {folder}, cdp init source NAME --sample FILE --write, cdp run"
    )


@app.command("source")
def source(
    name: Annotated[str, typer.Argument(help="Name of the source: small letters, digits and _.")],
    sample: Annotated[Path, typer.Option("--sample", help="A file as the source sends it.")],
    write: Annotated[bool, typer.Option("--write", help="Append it to conf/sources.yaml.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Propose a source's entry from a sample: format, columns and identifiers, with reasons."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise SettingsInvalid(f"source name: expected small letters, digits and _, found {name!r}")
    entry, preview = proposed_source(name, sample), first_rows(name, sample)
    typer.echo(entry, nl=False)
    if preview:
        show_table("The first rows, as they would come out", preview, *_PREVIEWED)
    if write:
        _append(name, entry, project_folder() / "conf" / "sources.yaml")
    else:
        console.print("review the proposal and add it to conf/sources.yaml, or use --write")


def _append(name: str, entry: str, file: Path) -> None:
    """Append the entry to the list; restore the file if the settings become invalid."""
    if name in [one.name for one in settings_of("").sources.entries]:
        raise SettingsInvalid(f"{file}: source {name!r} exists already; choose another name")
    before = file.read_text(encoding="utf-8")
    lines = before.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if re.match(r" {4}- ", line)]
    if not starts:
        raise SettingsInvalid(
            f"{file}: expected entries indented by four spaces, found none; paste the entry"
        )
    ends = [n for n in range(starts[-1] + 1, len(lines)) if re.match(r" {0,4}\S", lines[n])]
    end = ends[0] if ends else len(lines)
    above = "".join(lines[:end]).rstrip("\n") + "\n"
    file.write_text(above + entry + "".join(lines[end:]), encoding="utf-8")
    try:
        settings = settings_of("")
    except SettingsInvalid:
        file.write_text(before, encoding="utf-8")
        raise
    console.print(f"added to {file}")
    if folder := source_folders(settings).get(name):
        folder.mkdir(parents=True, exist_ok=True)
        console.print(f"next: put files into {folder}, then cdp run")
