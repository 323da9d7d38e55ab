"""conf → one frozen model; all faults at once, with file, key, expected and found."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import (
    BaseModel,
    ValidationError,
)

from cdp_spark.settings.sections import Settings

Origins = dict[tuple[str, ...], Path]
_RATES, _RATES_HEADER = "currencies.csv", "day,currency,rate"
# Sections of a connection: a misplaced value there may be a secret.
_NOT_SHOWN = {"kafka", "table"}


class SettingsInvalid(Exception):
    """The settings are invalid; the message lists every fault."""


def load(conf: Path, profile: str = "") -> Settings:
    """The settings of conf/*.yaml, with conf/PROFILE/*.yaml over them key by key.

    Raises:
        SettingsInvalid: an unreadable file, an unknown key or an invalid value; lists all of them.
    """
    known = sorted({file.parent.name for file in conf.glob("*/*.yaml")})
    if profile and profile not in known:
        raise SettingsInvalid(f"{conf}: no profile '{profile}'; profiles are {', '.join(known)}")
    faults: list[str] = []
    sections, origins = _merged([conf, *([conf / profile] if profile else [])], faults)
    settings = None
    try:
        settings = Settings.model_validate_json(json.dumps(sections, default=str))
    except ValidationError as refused:
        faults += [_sentence(fault, origins, conf) for fault in _own_faults(refused.errors())]
    if settings is None or faults:
        raise SettingsInvalid("\n".join(faults))
    return settings


def settings_hash(settings: BaseModel) -> str:
    """128-bit hash of the settings' values."""
    return hashlib.sha256(settings.model_dump_json().encode()).hexdigest()[:32]


def _merged(folders: list[Path], faults: list[str]) -> tuple[dict[str, Any], Origins]:
    sections: dict[str, Any] = {}
    origins: Origins = {}
    for file in (file for folder in folders for file in sorted(folder.glob("*.yaml"))):
        try:
            found = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        except (yaml.YAMLError, UnicodeDecodeError) as unreadable:
            faults.append(f"{file}: expected YAML: {' '.join(str(unreadable).split())}")
            continue
        if not isinstance(found, dict) or any(not isinstance(key, str) for key in found):
            faults.append(
                f"{file}: expected section names at the top level, found {type(found).__name__}"
            )
            continue
        sections = _over(sections, found)
        origins |= dict.fromkeys(_paths(found), file)
    for file in (folder / _RATES for folder in folders if (folder / _RATES).is_file()):
        try:
            lines = _rate_lines(file)
        except UnicodeDecodeError as unreadable:
            faults.append(f"{file}: expected UTF-8: {unreadable.reason}")
            continue
        sections = _over(sections, {"currencies": {"rates": lines}})
        origins["currencies", "rates"] = file
    return sections, origins


def _rate_lines(file: Path) -> list[str]:
    """The lines of a table of rates, without the header and blank lines."""
    lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
    return [line for line in lines if line and line.lower() != _RATES_HEADER]


def _own_faults(faults: list[Any]) -> Iterator[Any]:
    """The faults without those that follow from another: a list is short of its invalid entry."""
    places = [fault["loc"] for fault in faults]
    for fault in faults:
        place = fault["loc"]
        is_above = any(len(one) > len(place) and one[: len(place)] == place for one in places)
        if not (fault["type"] == "too_short" and is_above):
            yield fault


def _paths(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every key in nested mappings; a list is one value."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*path, str(key)))


def _over(base: Any, override: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(override, dict)):
        return override
    return base | {key: _over(base.get(key), value) for key, value in override.items()}


def _sentence(fault: Any, origins: Origins, conf: Path) -> str:
    path = tuple(str(step) for step in fault["loc"])
    if not path:  # a fault across sections: the message names the key
        return f"{conf}: {fault['msg']}"
    # The file that set the key last; for a missing key, that of its section.
    known = [path[:length] for length in range(len(path), 0, -1) if path[:length] in origins]
    default_file = conf / f"{path[0]}.yaml"
    file = origins[known[0]] if known else default_file
    found = "" if _is_hidden(fault) else f", found {_short(fault['input'])}"
    if fault["type"] == "extra_forbidden":
        return f"{file}: {'.'.join(path)}: unknown key{found}"
    message = fault["msg"].removeprefix("Value error, ")
    # Checks of our own often name what they found.
    return f"{file}: {'.'.join(path)}: {message}{'' if ', found ' in message else found}"


def _is_hidden(fault: Any) -> bool:
    holds = set(fault["input"]) if isinstance(fault["input"], dict) else set()
    return fault["type"] == "missing" or bool(_NOT_SHOWN & {*fault["loc"], *holds})


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004 - one line of a terminal
