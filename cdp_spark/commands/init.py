"""cdp init: a project folder of one's own."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from cdp_spark.commands.opened import talk
from cdp_spark.launch import project_folder
from cdp_spark.settings import SettingsRefused

_COPIED = ("conf", "jobs", "jars.lock")


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make; must be empty or not there.")],
) -> None:
    """Make a project: settings and jobs to change, beside a lake of its own."""
    if folder.exists() and any(folder.iterdir()):
        raise SettingsRefused(f"{folder}: not empty; name a new folder")
    source = project_folder()
    for name in _COPIED:
        if (source / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source / name, folder / name, ignore=ignore)
        else:
            shutil.copy(source / name, folder / name)
    if (source / ".jars").is_dir():
        shutil.copytree(source / ".jars", folder / ".jars")
    talk.print(f"made {folder}; next: cd {folder}, edit conf/sources.yaml, cdp validate, cdp run")
