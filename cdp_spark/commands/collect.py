"""cdp collect: receive events over HTTP, as Segment's SDKs send them."""

from pathlib import Path
from typing import Annotated

import typer

from cdp_spark.commands.shared.options import Conf, LakeFolder
from cdp_spark.commands.shared.output import console
from cdp_spark.commands.shared.project import settings_of
from cdp_spark.launch import project_folder
from cdp_spark.semantics.secrets import SecretMissing, revealed
from cdp_spark.service.collector import collector, serve
from cdp_spark.service.landing import Landing, Limits
from cdp_spark.settings import Settings, SettingsInvalid


def collect(
    host: Annotated[str, typer.Option("--host", help="Address; overrides the settings.")] = "",
    port: Annotated[int, typer.Option("--port", help="Port; overrides the settings.")] = -1,
    conf: Conf = "",
    lake: LakeFolder = "",
) -> None:
    """Listen for events and write them to the landing folders of their sources.

    Point an SDK of Segment, RudderStack or Jitsu at it; `cdp run` ingests the files.
    """
    settings = settings_of(conf, lake)
    overrides: dict[str, object] = {"host": host} if host else {}
    overrides |= {"port": port} if port >= 0 else {}
    chosen = settings.service.collector.model_copy(update=overrides)
    keys = write_keys(settings)
    limits = Limits(chosen.file_mib << 20, chosen.file_seconds, chosen.waiting_mib << 20)
    landings = {name: Landing(landing_folder(settings, name), limits) for name in keys}
    for name, landing in landings.items():
        if landing.finished:
            console.print(f"{name}: finished {landing.finished} files of a stopped process")
    console.print(f"listening on http://{chosen.host}:{chosen.port}/v1 for {', '.join(keys)}")
    serve(collector(chosen, keys, landings), chosen)


def write_keys(settings: Settings) -> dict[str, str]:
    """Source → write key.

    Raises:
        SettingsInvalid: no key, a missing secret, two equal keys, or a source of another format;
            the message lists every fault.
    """
    formats = {one.name: one.format for one in settings.sources.entries}
    faults: list[str] = []
    keys: dict[str, str] = {}
    for name, reference in settings.service.collector.write_keys.items():
        if formats.get(name) != "segment":
            faults.append(f"{name}: no source of format segment in conf/sources.yaml; add it")
        try:
            keys[name] = revealed(reference)
        except SecretMissing as missing:
            faults.append(f"{name}: {missing}")
    if len(set(keys.values())) < len(keys):
        faults.append("two sources have the same write key; give each its own")
    if faults or not keys:
        reasons = "; ".join(faults) or "empty; add SOURCE: ${env:NAME} or ${file:PATH}"
        raise SettingsInvalid(f"service.collector.write_keys: {reasons}")
    return keys


def landing_folder(settings: Settings, name: str) -> Path:
    """The landing folder of a source.

    Raises:
        SettingsInvalid: it is not a folder on this machine.
    """
    (path,) = (one.path for one in settings.sources.entries if one.name == name)
    if "://" in path or ("://" in settings.project.lake and not path.startswith("/")):
        raise SettingsInvalid(
            f"sources: {name}: path: expected a folder on this machine, found {path}"
        )
    return project_folder() / settings.project.lake / path
