from pathlib import Path

import pytest
import yaml
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from cdp_spark.commands.demo import Data, demo_settings
from cdp_spark.commands.main import app
from cdp_spark.launch import shipped_folder


def test_a_demo_writes_events_runs_and_shows_results(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert spark is not None
    made = tmp_path / "project"
    assert CliRunner().invoke(app, ["init", str(made)]).exit_code == 0
    changes = {
        "project": {"workflow": ["ingest_events", "refine_events"]},
        "world": {"days": 40},
    }
    for section, change in changes.items():
        file = made / "conf" / f"{section}.yaml"
        settings = yaml.safe_load(file.read_text())
        settings[section] |= change
        file.write_text(yaml.safe_dump(settings))
    monkeypatch.setenv("CDP_HOME", str(made))
    done = CliRunner().invoke(app, ["demo", "--people", "10", "--lake", str(tmp_path / "lake")])
    assert done.exit_code == 0, done.output
    printed = " ".join(done.output.split())
    assert "silver.event" in printed
    assert "pair precision" in printed
    assert f"tables {tmp_path / 'lake'}" in printed


def test_the_lake_of_the_demo_is_not_that_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "project"
    assert CliRunner().invoke(app, ["init", str(made)]).exit_code == 0
    monkeypatch.setenv("CDP_HOME", str(made))
    assert demo_settings(Data.world, 0, -1, "").project.lake.endswith(".lake/demo")
    assert demo_settings(Data.world, 0, -1, "/elsewhere").project.lake == "/elsewhere"
    monkeypatch.setenv("CDP_HOME", str(shipped_folder()))
    assert demo_settings(Data.world, 0, -1, "").project.lake == ".lake/world"
