import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdp_spark.commands import main as verbs
from cdp_spark.lake import LeaseHeld
from cdp_spark.launch import shipped_folder
from cdp_spark.settings import SettingsInvalid


def _raising(error: Exception) -> None:
    raise error


def test_an_error_of_a_known_kind_is_one_sentence_and_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verbs, "app", lambda: _raising(LeaseHeld("silver.event: held")))
    with pytest.raises(SystemExit) as stopped:
        verbs.main()
    assert stopped.value.code == 75
    assert capsys.readouterr().err == "cdp: silver.event: held\n"


def test_a_missing_permission_names_the_file_and_is_no_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = PermissionError(13, "Permission denied", "/shop[1]/conf/sources.yaml")
    monkeypatch.setattr(verbs, "app", lambda: _raising(refused))
    with pytest.raises(SystemExit) as stopped:
        verbs.main()
    assert stopped.value.code == 2
    shown = " ".join(capsys.readouterr().err.split())
    assert shown.startswith("cdp: /shop[1]/conf/sources.yaml: Permission denied")
    monkeypatch.setattr(verbs, "app", lambda: _raising(PermissionError("cannot list [x]")))
    with pytest.raises(SystemExit):
        verbs.main()
    assert capsys.readouterr().err == "cdp: cannot list [x]\n"


def test_brackets_in_an_error_are_printed_as_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = "conf/a.yaml: [/red]: unknown key \\[/red] [bold] \\"
    monkeypatch.setattr(verbs, "app", lambda: _raising(SettingsInvalid(sentence)))
    with pytest.raises(SystemExit):
        verbs.main()
    assert capsys.readouterr().err == f"cdp: {sentence}\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["verify"], "nothing to verify: give --faults or --identity"),
        (["run", "--follow", "1", "--dry-run"], "--follow: a dry run writes nothing"),
        (["catalogue", "gold.custmer"], "no table is named 'gold.custmer'; did you mean"),
    ],
)
def test_a_command_that_lacks_an_option_ends_in_one_sentence_and_exit_code_two(
    words: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CDP_HOME", str(shipped_folder()))
    monkeypatch.setattr(sys, "argv", ["cdp", *words])
    with pytest.raises(SystemExit) as stopped:
        verbs.main()
    assert stopped.value.code == 2
    shown = " ".join(capsys.readouterr().err.split())
    assert shown.startswith(f"cdp: {sentence}")
    assert "Traceback" not in shown


def test_an_unexpected_error_keeps_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "app", lambda: _raising(KeyError("x")))
    with pytest.raises(KeyError):
        verbs.main()


def test_without_a_verb_the_verbs_are_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["cdp"])
    with pytest.raises(SystemExit):
        verbs.main()
    shown = capsys.readouterr()
    assert "evaluate" in shown.out + shown.err


@pytest.mark.parametrize(
    "words", [["run"], ["validate"], ["rejected"], ["explain", "customer", "x"]]
)
def test_outside_a_project_a_verb_stops_and_names_the_ways_to_one(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CDP_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(verbs.app, words).exception
    assert isinstance(found, SettingsInvalid)
    for way in (str(tmp_path), "cdp init FOLDER", "--project FOLDER", "CDP_HOME"):
        assert way in str(found)
    monkeypatch.setenv("CDP_HOME", str(tmp_path / "gone"))
    assert "gone: no project here" in str(CliRunner().invoke(verbs.app, words).exception)


def test_a_project_can_be_named_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDP_HOME", "")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(verbs.app, ["init", "mine"]).exit_code == 0
    done = CliRunner().invoke(verbs.app, ["--project", "mine", "validate"])
    assert "are valid" in done.output
    assert os.environ["CDP_HOME"] == str(tmp_path / "mine")
