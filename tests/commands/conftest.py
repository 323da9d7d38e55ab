"""A project with the `cdp` command, and the lake of a shop after resolution."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from pyspark.sql import SparkSession
from typer.testing import CliRunner, Result

from cdp_spark.commands.main import app
from tests.built import built_once
from tests.commands.stewarded import Stewarded, settings_with, stewarded

Cdp = Callable[..., Result]


@pytest.fixture
def cdp() -> Cdp:
    """Runs a verb in this process; an error is raised as it is."""

    def run(*words: str) -> Result:
        found = CliRunner().invoke(app, list(words))
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        return found

    return run


@pytest.fixture
def project(cdp: Cdp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two steps, ingest and refine, which takes any share of rejections."""
    home = tmp_path / "project"
    cdp("init", str(home))
    monkeypatch.setenv("CDP_HOME", str(home))
    file = home / "conf" / "project.yaml"
    settings = yaml.safe_load(file.read_text())
    settings["project"] |= {"workflow": ["ingest_events", "refine_events"], "rejected_limit": 1.0}
    file.write_text(yaml.safe_dump(settings))
    return home


# Ana (7) has an e-mail and a card. Bo (8) has an e-mail that was Ana's before, so the owner of the
# laptop is unknown. Cem has an address and a device, Dan a number and a device.
_SEEN = (
    *["user_id:7 email:ana@shop.org"] * 2,
    "email:ana@shop.org anonymous_id:laptop",
    "user_id:8 email:ana@shop.org",
    "user_id:8 anonymous_id:phone",
    "user_id:7 loyalty_id:card",
    "email:cem@shop.org anonymous_id:tablet",
    "phone:05551112233 anonymous_id:mobile",
)


@pytest.fixture(scope="module")
def shop(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Stewarded:
    """Five customers, resolved, in a lake of the test file's own."""

    def build(root: Path) -> None:
        stewarded(spark, root).sees(*_SEEN)

    built = built_once(tmp_path_factory, "shop", build)
    root = shutil.copytree(built, tmp_path_factory.mktemp("shop") / "lake")
    return Stewarded(spark, root, settings_with(root))
