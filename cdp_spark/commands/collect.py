"""cdp collect: take events over HTTP, as Segment's SDKs send them."""

from pathlib import Path
from typing import Annotated

import typer

from cdp_spark.commands.opened import Conf, LakeFolder, settings_of, talk
from cdp_spark.launch import project_folder
from cdp_spark.service.collector import collector, serve
from cdp_spark.service.landing import Landing, Limits
from cdp_spark.settings import Settings, SettingsRefused
from cdp_spark.terms.secrets import SecretMissing, revealed


def collect(
    host: Annotated[str, typer.Option("--host", help="Address instead of the settings'.")] = "",
    port: Annotated[int, typer.Option("--port", help="Port instead of the settings'.")] = -1,
    conf: Conf = "",
    lake: LakeFolder = "",
) -> None:
    """Listen for events and put them into the landing folders of their sources.

    Point an SDK of Segment, RudderStack or Jitsu at it; `cdp run` takes what has landed.
    """
    settings = settings_of(conf, lake)
    told: dict[str, object] = {"host": host} if host else {}
    told |= {"port": port} if port >= 0 else {}
    chosen = settings.service.collector.model_copy(update=told)
    keys = write_keys(settings)
    limits = Limits(chosen.file_mib << 20, chosen.file_seconds, chosen.waiting_mib << 20)
    landings = {name: Landing(folder_of(settings, name), limits) for name in keys}
    for name, landing in landings.items():
        if landing.finished:
            talk.print(f"{name}: {landing.finished} files of a stopped process are finished")
    talk.print(f"listening on http://{chosen.host}:{chosen.port}/v1 for {', '.join(keys)}")
    serve(collector(chosen, keys, landings), chosen)


def write_keys(settings: Settings) -> dict[str, str]:
    """Source → write key.

    Raises:
        SettingsRefused: there is none, a secret is not there, two are alike, or a source takes
            other events than these; all faults are listed.
    """
    formats = {one.name: one.format for one in settings.sources.entries}
    faults: list[str] = []
    keys: dict[str, str] = {}
    for name, reference in settings.service.collector.write_keys.items():
        if formats.get(name) != "segment":
            faults.append(f"{name}: expected a source of format segment in sources")
        try:
            keys[name] = revealed(reference)
        except SecretMissing as missing:
            faults.append(f"{name}: {missing}")
    if len(set(keys.values())) < len(keys):
        faults.append("two sources have the same write key")
    if faults or not keys:
        told = "; ".join(faults) or "none is named"
        raise SettingsRefused(f"service.collector.write_keys: {told}")
    return keys


def folder_of(settings: Settings, name: str) -> Path:
    """The landing folder of a source.

    Raises:
        SettingsRefused: it is not on this machine's disk.
    """
    (path,) = (one.path for one in settings.sources.entries if one.name == name)
    if "://" in path or ("://" in settings.project.lake and not path.startswith("/")):
        raise SettingsRefused(f"{name}: expected a folder on this machine, found {path}")
    return project_folder() / settings.project.lake / path
