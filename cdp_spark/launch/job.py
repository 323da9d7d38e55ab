"""Jobs: one file each, whose docstring declares what it reads and writes."""

import importlib.util
import re
import typing
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from cdp_spark.lake import Lake
from cdp_spark.launch.project import project_folder
from cdp_spark.settings import Settings, SettingsInvalid
from cdp_spark.tables.catalogue import TABLES

PURPOSES = ("operate", "analytics", "marketing")


@dataclass(frozen=True)
class Job:
    """One job file: its function, and the declarations of its docstring."""

    name: str
    run: Callable[[Lake, Any], None]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    purpose: str
    settings: type[BaseModel]


def job_named(name: str, project: Path | None = None) -> Job:
    """The job in jobs/NAME.py.

    Raises:
        SettingsInvalid: no such job; the message lists the jobs.
    """
    folder = (project or project_folder()) / "jobs"
    file = folder / f"{name}.py"
    known = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    if name not in known:
        raise SettingsInvalid(f"no job '{name}' in {folder}; jobs are {', '.join(known)}")
    spec = importlib.util.spec_from_file_location(f"jobs.{name}", file)
    if spec is None or spec.loader is None:
        raise SettingsInvalid(f"{file}: expected a Python file, found one that can't be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return job_of(module.run, name, module.__doc__ or "")


def job_of(run: Callable[[Lake, Any], None], name: str, docstring: str) -> Job:
    """The job of a function; its docstring declares what it reads and writes."""
    declared = {
        label: " ".join(text.split())
        for label, text in re.findall(
            r"^(Reads|Writes|Purpose) +(.*(?:\n {9,}.*)*)", docstring, re.MULTILINE
        )
    }
    listed = {
        what: tuple(re.findall(r"\w+\.\w+", declared.get(what, ""))) for what in ("Reads", "Writes")
    }
    purpose = declared.get("Purpose", "").split(" ")[0].rstrip(".,;")
    unknown = [table for names in listed.values() for table in names if table not in TABLES]
    if purpose not in PURPOSES or unknown:
        raise SettingsInvalid(
            f"jobs/{name}.py: docstring: Purpose: expected one of {', '.join(PURPOSES)}, "
            f"found '{purpose}'; unknown tables: {', '.join(unknown) or 'none'}"
        )
    wanted = typing.get_type_hints(run)["settings"]
    return Job(name, run, listed["Reads"], listed["Writes"], purpose, wanted)


def section_of(settings: Settings, wanted: type[BaseModel]) -> BaseModel:
    """The section of a type, or all settings where the type is Settings."""
    if wanted is Settings:
        return settings
    found = [value for _, value in settings if isinstance(value, wanted)]
    if len(found) != 1:
        raise SettingsInvalid(
            f"{wanted.__name__}: expected one section of this type in Settings, found {len(found)}"
        )
    return found[0]
