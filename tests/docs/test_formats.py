"""docs/formats.md names every field and column that the code of the formats does."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdp_spark.sources import formats, known_formats
from cdp_spark.sources.parsed import PARSED
from tests.docs.formats import MODULES, codes, formats_page, mappings, module_of, words_of

_NOT_COLUMNS = {"reason", "detail", "warnings"}
_TIMES = ("unreadable_time", "time_out_of_range")
_ROWS = ("wrong_cell_count", "unclosed_quote", "wrong_line_length")
_AMOUNTS = {"unreadable_amount", "unreadable_price", "unreadable_quantity"}
_NULL = {"table": {"traits", "context"}}


def _declared(value: Any) -> Iterator[str]:
    """The names of fields in the DDL of a value, in a dict of DDL too."""
    match value:
        case str() if value.startswith(("struct<", "array<")):
            yield from re.findall(r"(\w+):", value)
        case dict():
            for name, one in value.items():
                if isinstance(one, str) and one.startswith(("struct<", "array<")):
                    yield from (name, *_declared(one))


def _constants(name: str) -> set[str]:
    tree = ast.parse(inspect.getsource(module_of(name)))
    nodes = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {value for value in nodes if isinstance(value, str)}


def test_every_format_has_a_section_with_its_layout() -> None:
    page = formats_page()
    for name, form in known_formats().items():
        assert f"`{name}` ({form.layout})" in page
    folder = Path(formats.__path__[0])
    modules = {file.stem for file in folder.glob("*.py")} - {"__init__"}
    assert {*MODULES} == modules


@pytest.mark.parametrize("name", MODULES)
def test_every_field_that_is_read_is_named(name: str) -> None:
    module = vars(module_of(name))
    values = [value for at, value in module.items() if at != "PARSED"]
    read = {field for value in values for field in _declared(value)}
    read |= {*module.get("FIELDS", ())} & _constants(name)
    assert read - words_of(name) == set()


@pytest.mark.parametrize("name", MODULES)
def test_the_columns_are_those_that_the_code_fills(name: str) -> None:
    named = {column for section in mappings(name).values() for column in section}
    assert named <= set(PARSED)
    tree = ast.parse(inspect.getsource(module_of(name)))
    keys = [key for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys]
    filled = {key.value for key in keys if isinstance(key, ast.Constant)} & set(PARSED)
    assert filled - _NOT_COLUMNS - _NULL.get(name, set()) - named == set()
    assert named - _constants(name) == set()


@pytest.mark.parametrize("name", MODULES)
def test_reasons_and_warnings_are_those_of_the_code(name: str) -> None:
    reasons, warnings = codes(module_of(name))
    assert {"missing_id", "missing_name", "missing_time"} & {*reasons}
    assert {*reasons} <= _constants(name) | {*_TIMES, *_ROWS}
    assert {*warnings} <= {*_constants(name), "unreadable_time"} | _AMOUNTS
