"""docs/formats.md: what each format reads of a record, and what becomes of the rest.

Prose is the docstring of the format's module; layouts, reasons and warnings are found in its code.
By hand, in tests/sources/formats/fields/NAME.txt: a line per column of an event with the fields of
the record in the order in which they are tried. Samples are those of the formats' own tests.
"""

import ast
import importlib
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from cdp_spark.sources import Format

_FORMATS = Path(__file__).parents[1] / "sources" / "formats"
_SAMPLES, _FIELDS = _FORMATS / "samples", _FORMATS / "fields"
MODULES = sorted(file.stem for file in _FIELDS.glob("*.txt"))
_TABLE_SAMPLE = """```csv
order_id,ordered_at,mail,total,currency
1001,2025-08-01,ana@shop.example,120.50,EUR
```"""
_HEAD = """# Formats: what is read of a record
A format parses a record into the columns of `silver.event`. A value that can't be read is null, and
the event has a warning that names the field. A record is rejected only for the reasons below, and,
of every format that reads JSON, as `not_json`, `not_utf8`, `half_character` or `duplicate_key`.
Bronze keeps the bytes of each record; write keys of Segment become null.

What no column reads is not lost: it stays in `properties`, `traits` or `context`, which hold whole
objects, and fields of the record beside these are in `extra`. `cdp schema drift` lists new, missing
and retyped fields of all of them. How sources are set up: [sources](sources.md)."""
_LIBRARY = {"amount_warning": ["unreadable_amount"], "time_warning": ["unreadable_time"]}
_TIMES = ["unreadable_time", "time_out_of_range"]


def formats_page() -> str:
    """Every format with what it reads, as Markdown, without the line that says how it is made."""
    return "\n\n".join([_HEAD, *[_section(name) for name in MODULES]]) + "\n"


def module_of(name: str) -> ModuleType:
    """The module of a format."""
    return importlib.import_module(f"cdp_spark.sources.formats.{name}")


def title_of(name: str) -> str:
    """The title of a format's section."""
    return (_FIELDS / f"{name}.txt").read_text(encoding="utf-8").split("\n")[0].strip("# ")


def mappings(name: str) -> dict[str, dict[str, str]]:
    """Kind of record → column → the fields it is read from."""
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for line in (_FIELDS / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            column, _, fields = line.partition(": ")
            section[column] = fields
    return found


def words_of(name: str) -> set[str]:
    """The names of fields that the section of a format's module mentions."""
    texts = [text for section in mappings(name).values() for text in section.values()]
    texts += [f"`{one}`" for pair in _graphql(name).items() for one in pair]
    code = " ".join(re.findall(r"`([^`]*)`", " ".join([*texts, module_of(name).__doc__ or ""])))
    return set(re.findall(r"\w+", code))


def _graphql(name: str) -> dict[str, str]:
    """Field of a REST API → the same field in GraphQL, of a format that has both."""
    return dict(vars(module_of(name)).get("GRAPHQL", {}))


def _section(name: str) -> str:
    module, sections = module_of(name), mappings(name)
    reasons, warnings = codes(module)
    parts = [f"## {title_of(name)}\n{_facts(module.FORMATS)}", inspect.getdoc(module) or ""]
    for one, fields in sections.items():
        rows = [f"| `{column}` | {text} |" for column, text in fields.items()]
        head = f"| column of {one} | read from |" if len(sections) > 1 else "| column | read from |"
        parts.append("\n".join([head, "|---|---|", *rows]))
    if other := [f"`{rest}` → `{graphql}`" for rest, graphql in _graphql(name).items()]:
        parts.append(f"The same fields in GraphQL: {', '.join(other)}.")
    parts.append(f"Rejected as {_listed(reasons)}. Warnings: {_listed(warnings)}.")
    return "\n\n".join([*parts, *_sample(name)])


def _facts(formats: tuple[Format, ...]) -> str:
    stored = [f"`{one.name}` ({one.layout})" for one in formats]
    settings = ", ".join(f"`{one}`" for one in formats[0].settings)
    return f"Formats and layouts: {', '.join(stored)}." + (
        f" Settings of the source: {settings}." if settings else ""
    )


def _listed(codes: list[str]) -> str:
    return ", ".join(f"`{one}`" for one in codes) or "none"


def codes(module: ModuleType) -> tuple[list[str], list[str]]:
    """The reasons and the warnings that the code of a format's module names."""
    reasons, warnings = dict[str, None](), dict[str, None]()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        match node:
            case ast.Dict(keys=keys, values=values) if all(map(_is_rejection, values)):
                reasons |= dict.fromkeys(
                    str(one.value) for one in keys if isinstance(one, ast.Constant)
                )
            case ast.Tuple(elts=[ast.Constant(value=str(code)), _, applies]) if _is_code(
                code, applies
            ):
                warnings[code] = None
            case ast.Tuple(elts=[ast.JoinedStr(), _, _]):
                warnings |= {f"unreadable_{one}": None for one in ("amount", "price", "quantity")}
            case ast.Call(func=ast.Name(id=called)) if called in _LIBRARY:
                warnings |= dict.fromkeys(_LIBRARY[called])
    if "time_rejections" in vars(module):
        reasons |= dict.fromkeys(_TIMES)
    if module.__name__.endswith("table"):
        reasons |= dict.fromkeys(["wrong_cell_count", "unclosed_quote", "wrong_line_length"])
    return [*reasons], [*warnings]


def _is_code(text: str, applies: ast.expr) -> bool:
    return "_" in text and not isinstance(applies, ast.Constant)


def _is_rejection(value: ast.expr) -> bool:
    """Whether a value of a dict is a condition and a field, or more of them."""
    if isinstance(value, ast.Tuple):
        return len(value.elts) == 2 and not all(isinstance(e, ast.Constant) for e in value.elts)
    return isinstance(value, ast.Call) and "rejections" in ast.unparse(value.func)


def _sample(name: str) -> Iterator[str]:
    if name == "table":
        yield f"A sample:\n{_TABLE_SAMPLE}"
    file = next(iter(sorted(_SAMPLES.glob(f"{name}*"), reverse=True)), None)
    if file is None:
        return
    line = file.read_text(encoding="utf-8").split("\n")[0]
    if file.suffix == ".tsv":
        record: Any = dict(zip(vars(module_of(name))["FIELDS"], line.split("\t"), strict=True))
        record = {key: value for key, value in record.items() if value}
    else:
        record = json.loads(line)
    shown = _pruned(record, words_of(name))
    fields = [f'  "{key}": {json.dumps(one, ensure_ascii=False)}' for key, one in shown.items()]
    link = f"[{file.name}](../tests/sources/formats/samples/{file.name})"
    note = " by name" if file.suffix == ".tsv" else ""
    body = ",\n".join(fields)
    yield f"The fields{note} that are read, in a record of {link}:\n```json\n{{\n{body}\n}}\n```"


def _pruned(value: Any, words: set[str]) -> Any:
    """The value with the fields that are mentioned, and what they are in."""
    if isinstance(value, list):
        return [_pruned(one, words) for one in value]
    if not isinstance(value, dict):
        return value
    found = {key: _pruned(one, words) for key, one in value.items()}
    return {
        key: one
        for key, one in found.items()
        if one is not None and (key in words if not isinstance(one, dict | list) else one)
    }
