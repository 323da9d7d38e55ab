"""Where the project is: its settings and its jobs."""

import os
from pathlib import Path

from cdp_spark.settings import SettingsInvalid


def project_folder() -> Path:
    """CDP_HOME, or the working folder; it has conf/project.yaml.

    Raises:
        SettingsInvalid: it is no project.
    """
    home = os.environ.get("CDP_HOME")
    folder = Path(home) if home else Path.cwd()
    if not is_project(folder):
        raise SettingsInvalid(
            f"{folder}: no project here (no conf/project.yaml); make one with `cdp init FOLDER`, "
            "or name one: change into its folder, `cdp --project FOLDER …`, or set CDP_HOME"
        )
    return folder


def is_project(folder: Path) -> bool:
    """Whether a folder has the settings of a project."""
    return (folder / "conf" / "project.yaml").is_file()


def shipped_folder() -> Path:
    """The folder of this package: its settings and jobs are the start of each project."""
    return Path(__file__).resolve().parents[2]
