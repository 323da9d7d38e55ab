"""Deleting a plug-in is deleting its file, its test and its settings: nothing else names it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import PROJECT

_LOADED = """
import importlib, pkgutil, sys
from pathlib import Path
import cdp_spark
from cdp_spark.settings import load
assert Path(cdp_spark.__file__).is_relative_to(Path(sys.argv[1])), cdp_spark.__file__
for module in pkgutil.walk_packages(cdp_spark.__path__, "cdp_spark."):
    importlib.import_module(module.name)
load(Path(sys.argv[1]) / "conf")
load(Path(sys.argv[1]) / "conf", "retail")
"""


def _without_clv(conf: dict[str, Any]) -> None:
    conf["models"]["models"]["specs"].pop("clv", None)
    rule = conf["audiences"]["audiences"]["segments"]["win_back"]["rule"]
    rule["all"] = [one for one in rule["all"] if one.get("score_decile") != "clv"]


def _to_another_kind(conf: dict[str, Any]) -> None:
    for one in conf.get("activation", {}).get("activation", {}).get("destinations", {}).values():
        one["kind"] = "files"


def _as_it_is(conf: dict[str, Any]) -> None:
    assert conf


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("models/specs/clv.py", _without_clv),
        ("activation/destinations/csv.py", _to_another_kind),
        ("sources/formats/stripe.py", _as_it_is),
        ("sources/layouts/avro.py", _as_it_is),
    ],
    ids=lambda one: Path(one).stem if isinstance(one, str) else "",
)
def test_a_plugin_is_deleted_with_its_file_and_its_settings(
    tmp_path: Path, file: str, change: Any
) -> None:
    for name in ("cdp_spark", "conf", "jobs"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.pyc"))
    plugin = tmp_path / "cdp_spark" / file
    if change is _to_another_kind:  # a project needs one: a new kind is a new file
        shutil.copy(plugin, plugin.with_name("files.py"))
    plugin.unlink()
    for folder in (tmp_path / "conf", tmp_path / "conf" / "retail"):
        files = {path.stem: path for path in folder.glob("*.yaml")}
        conf = {name: yaml.safe_load(path.read_text()) for name, path in files.items()}
        change(conf)
        for name, path in files.items():
            path.write_text(yaml.safe_dump(conf[name]))
    done = subprocess.run(  # noqa: S603 - our own line
        [sys.executable, "-c", _LOADED, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
