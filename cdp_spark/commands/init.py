"""cdp init: a new project folder, or a source proposed from a sample file."""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cdp_spark.commands.shared.new_project import set_project, with_entry
from cdp_spark.commands.shared.output import console, shell_quoted, show_table
from cdp_spark.commands.shared.places import (
    country_named,
    currency_named,
    usual_currency,
    zone_named,
)
from cdp_spark.commands.shared.project import settings_of
from cdp_spark.commands.shared.proposals import proposed_source
from cdp_spark.commands.shared.questions import Questions, is_terminal
from cdp_spark.commands.shared.sources import source_folders
from cdp_spark.commands.shared.trials import source_names
from cdp_spark.launch import is_project, project_folder, shipped_folder
from cdp_spark.settings import SettingsInvalid, load
from cdp_spark.sources.inference.questions import Given, Question
from cdp_spark.values.country import zone_of

_PREVIEWED = ("event id", "time", "event", "amount", "identifiers")
_COPIED = ("conf", "jobs", "jars.lock")
Yes = Annotated[bool, typer.Option("--yes", help="Take the defaults; ask nothing.")]


class _FolderOrVerb(TyperGroup):
    """`cdp init FOLDER` makes a project: a word that is not a verb is the folder."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """The arguments that are left; options before any word are those of `project`."""
        is_option = bool(args) and args[0].startswith("-") and args[0] not in ctx.help_option_names
        return super().parse_args(ctx, ["project", *args] if is_option else args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The subcommand of the arguments; `project` where none is named."""
        is_verb = bool(args) and args[0] in self.commands
        return super().resolve_command(ctx, args if is_verb else ["project", *args])


app = typer.Typer(
    cls=_FolderOrVerb,
    help="Make a project: `cdp init FOLDER`, with the options of `cdp init project --help`; "
    "or propose a source: `cdp init source NAME`.",
    no_args_is_help=True,
)


@app.command("project")
def project(  # noqa: PLR0913, PLR0917 - the options of a command
    folder: Annotated[Path, typer.Argument(help="New or empty folder.")],
    name: Annotated[
        str, typer.Option("--name", help="Of the project; default: the folder's.")
    ] = "",
    country: Annotated[
        str, typer.Option("--country", help="Of phone numbers without a calling code, such as DE.")
    ] = "",
    currency: Annotated[str, typer.Option("--currency", help="Of totals, such as EUR.")] = "",
    time_zone: Annotated[
        str, typer.Option("--time-zone", help="Of times without one, such as Europe/Berlin.")
    ] = "",
    yes: Yes = False,  # noqa: FBT002 - a flag
) -> None:
    """Make a project folder with its own settings, jobs and lake.

    On a terminal it asks for what no option names.
    """
    _require_new(folder)
    usual = name or folder.absolute().name
    given = [usual, country_named(country), currency_named(currency), zone_named(time_zone)]
    if is_terminal() and not yes:
        given = _asked_project(given, is_named=bool(name))
    values = dict(zip(("name", "country", "currency", "time_zone"), given, strict=True))
    _copy_shipped(folder)
    set_project(folder / "conf", values)
    for path in source_folders(load(folder / "conf"), folder).values():
        if path.is_relative_to(folder.absolute()):  # folders elsewhere are the other project's
            path.mkdir(parents=True, exist_ok=True)
    console.print(f"created {folder}", soft_wrap=True, highlight=False)
    _show_without_currency(values)
    next_line = f"cd {shell_quoted(folder)} && cdp init source NAME --sample FILE --write"
    console.print(f"next: {next_line}", soft_wrap=True, highlight=False, markup=False)


def _copy_shipped(folder: Path) -> None:
    source = shipped_folder()
    for one in _COPIED:
        if (source / one).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source / one, folder / one, ignore=ignore)
        else:
            shutil.copy(source / one, folder / one)
    if (source / ".jars").is_dir():
        shutil.copytree(source / ".jars", folder / ".jars")


def _require_new(folder: Path) -> None:
    for one in (folder, *folder.parents):
        if one.exists() and not one.is_dir():
            raise SettingsInvalid(
                f"{one}: a file; name a new folder (`cdp init source {shell_quoted(one)}` "
                "describes the file)"
            )
    if folder.exists() and any(folder.iterdir()):
        raise SettingsInvalid(f"{folder}: not empty; name a new folder")


def _show_without_currency(values: Mapping[str, str]) -> None:
    if values["currency"]:
        return
    usual = usual_currency(values["country"])
    hint = f", such as {usual} ({values['country']})" if usual else ""
    line = f"currency: none; set project.currency{hint}, unless each amount names its own"
    console.print(line, soft_wrap=True, highlight=False)


def _asked_project(given: Sequence[str], *, is_named: bool) -> list[str]:
    """Name, country, currency and time zone: as given, or asked."""
    questions = Questions(console)
    name, country, currency, zone = given
    if not is_named:
        name = questions.ask(Question("name", "", "Name of the project", name, kind="name"))
    if not country:
        text = "Country of phone numbers without a calling code"
        country = questions.ask(Question("country", "", text, kind="country"))
    if not currency:
        usual = usual_currency(country)
        currency = questions.ask(
            Question("currency", "", "Currency of totals", usual, kind="currency")
        )
    if not zone:
        usual = zone_of(country)
        text = "Time zone of times without one"
        zone = questions.ask(Question("time_zone", "", text, usual, kind="zone"))
    return [name, country, currency, zone]


@app.command("source")
def source(
    name: Annotated[
        str, typer.Argument(help="Name of the source: small letters, digits and _; or the file.")
    ],
    sample: Annotated[
        Path | None, typer.Option("--sample", help="A file as the source sends it.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Append it to conf/sources.yaml.")] = False,  # noqa: FBT002 - a flag
    yes: Yes = False,  # noqa: FBT002 - a flag
) -> None:
    """Propose a source's entry from a sample: format, columns and identifiers, with reasons.

    On a terminal it asks about what the sample leaves open; elsewhere, and with --yes, that is
    assumed: the entry has the reason of each guess, and UNSURE where a guess may be wrong.
    """
    questions = Questions(console) if is_terminal() and not yes else None
    # What makes an entry impossible to write is an error before the first question.
    home = project_folder() if write or _has_project() else None
    taken = [one.name for one in settings_of("").sources.entries] if home else []
    if sample is None:
        sample = Path(name)
        name = _name_of(sample, taken, questions)
    name = _new_name(name, taken if write or questions else ())
    proposal = proposed_source(name, sample, _given(questions))
    typer.echo(proposal.entry, nl=False)
    if proposal.rows:
        show_table("The first rows, as they would come out", proposal.rows, *_PREVIEWED)
    if home is None:
        console.print("review the proposal; a project to add it to is made by `cdp init FOLDER`")
    elif write or (questions and questions.confirm("Add it to conf/sources.yaml?")):
        folder = _append(name, proposal.entry, home / "conf" / "sources.yaml")
        _take_currency(proposal.currency, home / "conf")
        if folder:
            next_line = f"cp {shell_quoted(sample)} {shell_quoted(folder)}/ && cdp run"
            console.print(f"next: {next_line}", soft_wrap=True, highlight=False)
    else:
        console.print("review the proposal and add it to conf/sources.yaml, or use --write")


def _take_currency(currency: str, conf: Path) -> None:
    """Give a project without a currency that of the first source's amounts, and say so.

    Without one, totals leave out all amounts that name a currency.
    """
    if currency and not settings_of("").project.currency:
        set_project(conf, {"currency": currency})
        console.print(
            f"project.currency: {currency}, as all amounts of this file; totals are in it"
        )


def _name_of(sample: Path, taken: Sequence[str], questions: Questions | None) -> str:
    """A name of a new source after its file, or as answered."""
    if not sample.is_file():
        fault = "a folder" if sample.is_dir() else "no such file"
        raise SettingsInvalid(f"{sample}: {fault}; name a file, or a source and its --sample")
    (name,) = source_names([sample], taken)
    question = Question("name", "", "Name of the source", name, kind="name")
    return questions.ask(question, lambda text: _new_name(text, taken)) if questions else name


def _new_name(text: str, taken: Sequence[str]) -> str:
    """The name of a source.

    Raises:
        SettingsInvalid: it has other signs than a name has, or another source has it.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", text):
        raise SettingsInvalid(f"source name: expected small letters, digits and _, found {text!r}")
    if text in taken:
        raise SettingsInvalid(
            f"conf/sources.yaml: source {text!r} exists already; choose another name"
        )
    return text


def _has_project() -> bool:
    return bool(os.environ.get("CDP_HOME")) or is_project(Path.cwd())


def _given(questions: Questions | None) -> Given:
    """What the project says of itself, and who answers; a proposal needs no project."""
    ask = questions.ask if questions else None
    if not _has_project():
        return Given(ask=ask)
    known = settings_of("").project
    return Given(known.country, known.currency, known.time_zone, ask)


def _append(name: str, entry: str, file: Path) -> Path | None:
    """Append the entry to the list; restore the file if the settings become invalid.

    Returns the folder of the source, which is created; None if it is not on this machine.
    """
    before = file.read_text(encoding="utf-8")
    file.write_text(with_entry(before, entry, file), encoding="utf-8")
    try:
        settings = settings_of("")
    except SettingsInvalid:
        file.write_text(before, encoding="utf-8")
        raise
    console.print(f"added to {file}", soft_wrap=True, highlight=False)
    folder = source_folders(settings).get(name)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    return folder
