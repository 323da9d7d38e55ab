"""A project of one's own, and the `cdp` command in it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from cdp_spark.commands.main import app

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
    """A project of two steps, ingest and refine, which takes any share of refusals."""
    home = tmp_path / "project"
    cdp("init", str(home))
    monkeypatch.setenv("CDP_HOME", str(home))
    file = home / "conf" / "project.yaml"
    settings = yaml.safe_load(file.read_text())
    settings["project"] |= {"workflow": ["ingest_events", "refine_events"], "refused_limit": 1.0}
    file.write_text(yaml.safe_dump(settings))
    return home
