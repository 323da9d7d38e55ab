"""Settings that commands write, comments kept: a new project's, and the entry of a new source."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from cdp_spark.settings import SettingsInvalid

# Numbers of the demo's simulated people are Turkish; a project's own are not.
_DEMO_COUNTRY = re.compile(r" *# Of telephone numbers[^\n]*\n *country: [A-Z]{2}\n")


def set_project(conf: Path, values: Mapping[str, str]) -> None:
    """Write keys of the project's section, comments kept; an empty value leaves the key as it is.

    Without a currency the project has none: the demo's, which is in the file, is removed.

    Raises:
        SettingsInvalid: the section has no line of a name to write the keys below.
    """
    file = conf / "project.yaml"
    text = file.read_text(encoding="utf-8")
    if not re.search(r"(?m)^  name:", text):
        raise SettingsInvalid(f"{file}: expected the key name below project, found none")
    for key, value in values.items():
        # An amount without a currency would otherwise count in that of the demo.
        if value or key == "currency":
            text = _with(text, key, json.dumps(value, ensure_ascii=False))
    file.write_text(text, encoding="utf-8")
    sources = conf / "sources.yaml"
    own = _DEMO_COUNTRY.sub("", sources.read_text(encoding="utf-8"))
    sources.write_text(own, encoding="utf-8")


def with_entry(text: str, entry: str, file: Path) -> str:
    """The text of conf/sources.yaml with one more entry, indented as the others are.

    Raises:
        SettingsInvalid: the entries are not a list of lines.
    """
    lines = text.splitlines(keepends=True)
    first = next((n for n, line in enumerate(lines) if re.match(r" +entries: *(#.*)?$", line)), -1)
    items = [n for n in range(first + 1, len(lines)) if re.match(r" *- ", lines[n])]
    if first < 0 or not items:
        raise SettingsInvalid(
            f"{file}: expected a list of lines below entries, found none; paste the entry"
        )
    indent = " " * (len(lines[items[0]]) - len(lines[items[0]].lstrip(" ")))
    # The list ends at the first line that is indented no more than its items, and is none.
    is_below = re.compile(rf"{indent}[ -]|\s*(#.*)?$")
    end = next((n for n in range(items[0], len(lines)) if not is_below.match(lines[n])), len(lines))
    # Comments that are indented no more than the next key are about it.
    depth = len(lines[end]) - len(lines[end].lstrip(" ")) if end < len(lines) else 0
    is_of_next = re.compile(rf"\s*$| {{0,{depth}}}#")
    while is_of_next.match(lines[end - 1]):
        end -= 1
    above = "".join(lines[:end]).rstrip("\n") + "\n"
    shifted = "".join(
        indent + line.removeprefix("    ") for line in entry.splitlines(keepends=True)
    )
    return above + shifted + "".join(lines[end:])


def _with(text: str, key: str, value: str) -> str:
    """The text with the key's value; a new key stands above the workflow."""
    line = re.compile(rf"(?m)^  {key}: *[^\s#]+")
    if line.search(text):
        return line.sub(lambda _: f"  {key}: {value}", text, count=1)
    return re.sub(r"(?m)^  workflow:", lambda _: f"  {key}: {value}\n  workflow:", text, count=1)
