import sys

import pytest

from cdp_spark.commands import main as verbs
from cdp_spark.lake import LeaseHeld


def _raising(error: Exception) -> None:
    raise error


def test_a_foreseen_error_is_one_sentence_and_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verbs, "app", lambda: _raising(LeaseHeld("silver.event: held")))
    with pytest.raises(SystemExit) as stopped:
        verbs.main()
    assert stopped.value.code == 75
    assert capsys.readouterr().err == "cdp: silver.event: held\n"


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
