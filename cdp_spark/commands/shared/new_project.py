"""The settings of a new project: those of this package, with its own name, country and currency."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from cdp_spark.settings import SettingsInvalid

# Numbers of the demo's simulated people are Turkish; a project's own are not.
_DEMO_COUNTRY = re.compile(r" *# Of telephone numbers[^\n]*\n *country: [A-Z]{2}\n")


def set_project(conf: Path, values: Mapping[str, str]) -> None:
    """Write keys of the project's section, comments kept; an empty value leaves the key as it is.

    Raises:
        SettingsInvalid: the section has no line of a name to write the keys below.
    """
    file = conf / "project.yaml"
    text = file.read_text(encoding="utf-8")
    if not re.search(r"(?m)^  name:", text):
        raise SettingsInvalid(f"{file}: expected the key name below project, found none")
    for key, value in values.items():
        if value:
            text = _with(text, key, json.dumps(value, ensure_ascii=False))
    file.write_text(text, encoding="utf-8")
    sources = conf / "sources.yaml"
    own = _DEMO_COUNTRY.sub("", sources.read_text(encoding="utf-8"))
    sources.write_text(own, encoding="utf-8")


def _with(text: str, key: str, value: str) -> str:
    """The text with the key's value; a new key stands above the workflow."""
    line = re.compile(rf"(?m)^  {key}: *[^\s#]+")
    if line.search(text):
        return line.sub(lambda _: f"  {key}: {value}", text, count=1)
    return re.sub(r"(?m)^  workflow:", lambda _: f"  {key}: {value}\n  workflow:", text, count=1)
