import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdp_spark.commands.main import app, main


def test_valid_settings_are_reported_as_valid() -> None:
    assert CliRunner().invoke(app, ["validate"]).exit_code == 0
    assert CliRunner().invoke(app, ["validate", "--conf", "retail"]).exit_code == 0


def test_the_schema_names_every_section_and_describes_its_options() -> None:
    schema = json.loads(CliRunner().invoke(app, ["validate", "--schema"]).stdout)
    assert {"project", "sources", "identity", "gold", "models"} <= set(schema["properties"])
    gold = schema["$defs"]["GoldSettings"]["properties"]["session_gap_minutes"]
    assert gold["description"] == "gap that ends a session"


def test_all_faults_come_at_once_and_the_exit_code_is_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "mine"
    CliRunner().invoke(app, ["init", str(made)])
    gold = made / "conf" / "gold.yaml"
    gold.write_text(gold.read_text().replace("30", "many") + "  colour: blue\n")
    monkeypatch.setenv("CDP_HOME", str(made))
    monkeypatch.setattr(sys, "argv", ["cdp", "validate"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    printed = "".join(capsys.readouterr().err.split())
    assert "gold.session_gap_minutes" in printed
    assert "'many'" in printed
    assert "gold.colour:unknownkey" in printed


def test_a_warning_with_brackets_is_printed_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "cdp_spark.commands.validate.missing_folders"
    monkeypatch.setattr(name, lambda _: ["source web: folder /a[/x] does not exist"])
    shown = CliRunner().invoke(app, ["validate"])
    assert "warning: source web: folder /a[/x] does not exist" in shown.output
