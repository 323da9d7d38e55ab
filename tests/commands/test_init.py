from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdp_spark.commands.main import app
from cdp_spark.launch import job_named
from cdp_spark.settings import SettingsRefused, load


def test_a_new_project_has_settings_and_jobs_that_load(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert CliRunner().invoke(app, ["init", str(folder)]).exit_code == 0
    settings = load(folder / "conf")
    assert job_named(settings.project.workflow[0], folder).name == "ingest_events"


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    result = CliRunner().invoke(app, ["init", str(tmp_path)])
    assert isinstance(result.exception, SettingsRefused)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("verb", ["init", "validate", "run", "demo", "evaluate", "export"])
def test_every_verb_explains_itself(verb: str) -> None:
    result = CliRunner().invoke(app, [verb, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output
