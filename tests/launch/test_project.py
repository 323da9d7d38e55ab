from pathlib import Path

import pytest

from cdp_spark.launch import is_project, project_folder, shipped_folder
from cdp_spark.settings import SettingsInvalid


def test_the_project_is_cdp_home_or_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    (project / "conf").mkdir(parents=True)
    (project / "conf" / "project.yaml").touch()
    monkeypatch.delenv("CDP_HOME", raising=False)
    monkeypatch.chdir(project)
    assert project_folder() == project
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsInvalid, match=r"no conf/project\.yaml.*cdp init"):
        project_folder()
    monkeypatch.setenv("CDP_HOME", str(project))
    assert project_folder() == project


def test_the_package_comes_with_settings_and_jobs() -> None:
    assert is_project(shipped_folder())
    assert (shipped_folder() / "jobs" / "ingest_events.py").is_file()
