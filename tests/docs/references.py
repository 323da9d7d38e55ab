"""The pages of docs/ that are made from code: cli.md, formats.md, settings.md and tables.md.

`python -m tests.docs.references` writes them; test_references compares them with the code.
"""

import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cdp_spark.commands.main import app
from cdp_spark.semantics.conditions import AllOf, AnyOf, Leaf, NoneOf
from cdp_spark.settings import Settings
from cdp_spark.tables.catalogue import catalogue_page
from tests.docs.formats import formats_page

# A condition may hold conditions: each is described once.
_CONDITIONS: set[type[BaseModel]] = {*typing.get_args(Leaf), AllOf, AnyOf, NoneOf}
DOCS = Path(__file__).resolve().parents[2] / "docs"
_MADE = "<!-- Made from code by `make docs`: change the code, not this page. -->\n"


def cli_page() -> str:
    """Every verb of `cdp` with its arguments and options, as Markdown."""
    command = typer.main.get_command(app)
    parts = [_MADE, "# Commands\nExit codes: [when something is wrong](troubleshooting.md)."]
    parts += [_command(name, one) for name, one in _commands("cdp", command)]
    return "\n\n".join(parts) + "\n"


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for verb, one in sorted(command.commands.items()):
            yield from _commands(f"{name} {verb}", one)
    else:
        yield name, command


def _command(name: str, command: Any) -> str:
    shown = [one for one in command.params if not getattr(one, "hidden", False)]
    arguments = [str(one.metavar or one.name).upper() for one in shown if _is_argument(one)]
    title = " ".join([name, *[word for word in arguments if word]])
    rows = [f"| `{', '.join(one.opts)}` | {_default(one)} | {_cell(_help(one))} |" for one in shown]
    head = ["| option | default | meaning |", "|---|---|---|"]
    return "\n".join(
        [f"## {title}", (command.help or "").strip(), "", *(head + rows if rows else [])]
    )


def _is_argument(one: Any) -> bool:
    return bool(one.param_type_name == "argument")


def _help(one: Any) -> str:
    return str(getattr(one, "help", None) or "")


def _default(one: Any) -> str:
    if one.required:
        return "required"
    value = one.default
    is_shown = value is not None and value is not False and value != "" and not callable(value)
    return f"`{getattr(value, 'value', value)}`" if is_shown else ""


def settings_page() -> str:
    """Every key of conf/*.yaml with its type, default and meaning, as Markdown."""
    head = (
        "# Settings\n`conf/SECTION.yaml` holds a section; `conf/PROFILE/SECTION.yaml` overrides it "
        "key by key.\n`[]` is an entry of a list, `NAME` a name of your own. "
        "`cdp validate` reports all faults at once."
    )
    parts = [_MADE, head]
    for section, one in Settings.model_fields.items():
        model = next(_models(one.annotation))
        table = ["| key | type | default | meaning |", "|---|---|---|---|", *_rows(model, section)]
        parts.append("\n".join([f"## {section}", _summary(model), "", *table]))
    parts.append("## Conditions\nThe rule of a segment is one of these.")
    for condition in sorted(_CONDITIONS, key=lambda model: model.__name__):
        table = ["| key | type | default | meaning |", "|---|---|---|---|", *_rows(condition, "")]
        parts.append("\n".join([f"### {_summary(condition)}", "", *table]))
    return "\n\n".join(parts) + "\n"


def _summary(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _rows(model: type[BaseModel], path: str) -> Iterator[str]:
    for name, one in model.model_fields.items():
        key = f"{path}.{one.alias or name}".lstrip(".")
        nested = list(_models(one.annotation))
        meaning = one.description or (_summary(nested[0]) if nested else "")
        kind = "section" if nested else _kind(one.annotation)
        if _CONDITIONS & set(nested):
            nested, kind = [], f"[condition](#conditions){_inside(one.annotation)}"
        yield f"| `{key}` | {kind} | {_default_of(one)} | {_cell(meaning)} |"
        for inner in nested:
            yield from _rows(inner, f"{key}{_inside(one.annotation)}")


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for part in typing.get_args(kind):
        yield from _models(part)


def _inside(kind: Any) -> str:
    """How a key of an entry is written: in a list, under a name, or directly."""
    origin = typing.get_origin(kind)
    if origin in (tuple, list):
        return "[]"
    if origin is dict:
        return ".NAME"
    return "".join(_inside(part) for part in typing.get_args(kind)[:1]) if origin else ""


_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def _kind(kind: Any) -> str:
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return "one of " + ", ".join(f"`{part}`" for part in parts)
    if origin in (UnionType, typing.Union):
        return " or ".join(_kind(part) for part in parts if part is not NoneType)
    names = [_kind(part) for part in parts if part is not Ellipsis]
    if origin in (tuple, list):
        return f"list of {names[0]}"
    if origin is dict:
        return f"mapping of {names[0]} to {names[1]}"
    return names[0] if names else _WORDS.get(kind, str(getattr(kind, "__name__", kind)).lower())


def _default_of(one: FieldInfo) -> str:
    if one.is_required():
        return "required"
    value = one.get_default(call_default_factory=True)
    is_plain = isinstance(value, str | int | float | bool | tuple | list)
    if value is PydanticUndefined or not is_plain or value in ("", (), []):
        return ""
    if isinstance(value, tuple | list):
        return ", ".join(f"`{part}`" for part in value if isinstance(part, str | int | float))
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def tables_page() -> str:
    """Every table with its grain, key and columns, as Markdown; `cdp catalogue` prints it too."""
    head = (
        "# Tables\nA `fact` happened once, a `state` holds for a time, a `snapshot` is as of a "
        "day. Direct\npersonal columns are null for the purpose `analytics`."
    )
    return f"{_MADE}\n{head}\n\n{catalogue_page()}"


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli_page,
    "formats.md": lambda: f"{_MADE}\n{formats_page()}",
    "settings.md": settings_page,
    "tables.md": tables_page,
}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
