"""The sources that a command names, and their folders on this machine."""

from pathlib import Path

from cdp_spark.launch import project_folder
from cdp_spark.settings import Settings, SettingsInvalid


def known_sources(settings: Settings, wanted: str = "") -> list[str]:
    """The source named, or all of the settings.

    Raises:
        SettingsInvalid: there is no such source.
    """
    names = [one.name for one in settings.sources.entries]
    if wanted and wanted not in names:
        raise SettingsInvalid(f"--source {wanted}: no such source; sources are {', '.join(names)}")
    return [wanted] if wanted else names


def source_folders(settings: Settings, home: Path | None = None) -> dict[str, Path]:
    """Source → its folder on this machine, in the project at `home`, or in the current one.

    Sources on other file systems are left out.
    """
    lake = settings.project.lake
    base = None if "://" in lake else ((home or project_folder()) / lake).absolute()
    local = {one.name: Path(one.path) for one in settings.sources.entries
             if one.path and "://" not in one.path}  # fmt: skip
    return {
        name: path if base is None else base / path
        for name, path in local.items()
        if base is not None or path.is_absolute()
    }


def missing_folders(settings: Settings, home: Path | None = None) -> list[str]:
    """One sentence per source without an existing folder, with the command that creates it."""
    return [
        f"source {name}: folder {folder} does not exist; create it (mkdir -p {folder}) or correct "
        "sources.entries[].path"
        for name, folder in source_folders(settings, home).items()
        if not folder.is_dir()
    ]
