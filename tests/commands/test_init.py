import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cdp_spark.commands.main import app
from cdp_spark.commands.shared.sources import missing_folders
from cdp_spark.launch import job_named, shipped_folder
from cdp_spark.settings import SettingsInvalid, load
from cdp_spark.sources import SourceUnreadable


def test_a_new_project_has_settings_and_jobs_that_load(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert CliRunner().invoke(app, ["init", str(folder)]).exit_code == 0
    settings = load(folder / "conf")
    assert (folder / ".lake" / "world" / "landing" / "web").is_dir()
    assert job_named(settings.project.workflow[0], folder).name == "ingest_events"


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    result = CliRunner().invoke(app, ["init", str(tmp_path)])
    assert isinstance(result.exception, SettingsInvalid)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def _csv(folder: Path) -> Path:
    file = folder / "tickets.csv"
    file.write_text("id;mail;created_at\nt1;ann@b.org;2025-01-02\n")
    return file


def _run(*words: object) -> Result:
    return CliRunner().invoke(app, ["init", *map(str, words)])


def test_a_source_is_proposed_from_a_sample_and_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine"
    assert _run(folder).exit_code == 0
    monkeypatch.chdir(folder)
    file = folder / "conf" / "sources.yaml"
    file.write_text(file.read_text() + "  longest_record: 5000\n")
    before = file.read_text()
    shown = _run("source", "tickets", "--sample", _csv(tmp_path))
    assert "email: mail  # its name matches and its values look like e-mails" in shown.stdout
    assert "ann@" not in shown.output
    assert "The first rows, as they would come out" in shown.output
    assert "email a•••" in shown.output
    assert file.read_text() == before
    written = _run("source", "tickets", "--sample", _csv(tmp_path), "--write")
    landing = folder / ".lake" / "world" / "landing" / "tickets"
    assert f"next: cp {_csv(tmp_path)} {landing}/ && cdp run" in written.output
    sources = load(folder / "conf").sources
    assert [one.name for one in sources.entries] == ["web", "tickets"]
    assert sources.longest_record == 5000
    assert sources.entries[1].identifiers == {"email": "mail"}
    assert sources.entries[1].reading.delimiter == ";"
    after = file.read_text()
    twice = _run("source", "tickets", "--sample", _csv(tmp_path), "--write")
    assert "source 'tickets' exists already" in str(twice.exception)
    assert file.read_text() == after


@pytest.mark.parametrize(
    ("given", "codes", "totals"),
    [("", "TRY try", "TRY"), ("", "TRY EUR", ""), ("EUR", "TRY TRY", "EUR")],
)
def test_a_project_without_a_currency_takes_that_of_all_amounts(
    given: str, codes: str, totals: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, sample = tmp_path / "mine", tmp_path / "orders.csv"
    assert _run("--currency", given, folder).exit_code == 0
    monkeypatch.chdir(folder)
    rows = [f"O{n};a{n}@b.org;2025-01-0{n + 1};1{n},50;{code}"
            for n, code in enumerate(codes.split())]  # fmt: skip
    sample.write_text("\n".join(["order_no;email;created_at;total;currency", *rows]) + "\n")
    written = _run("source", "orders", "--sample", sample, "--write")
    assert load(folder / "conf").project.currency == totals
    assert ("project.currency: TRY" in written.output) == (totals == "TRY")


@contextmanager
def _terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Makes the three standard streams a terminal; gives what types a text on it."""
    ours, theirs = os.openpty()
    with monkeypatch.context() as replaced, os.fdopen(theirs, "r+b", buffering=0) as end:
        replaced.setattr("sys.stdin", TextIOWrapper(end))
        replaced.setattr("sys.stdout", os.fdopen(os.dup(theirs), "w"))
        replaced.setattr("sys.stderr", sys.stdout)
        yield lambda text: [os.write(ours, text.encode())].clear()
    os.close(ours)


def test_a_terminal_is_asked_and_the_answers_are_in_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine"
    with _terminal(monkeypatch) as typed:
        # The folder's name; a typing error; what is usual in the country.
        typed("\nTurkye\nTurkey\n\n\n")
        app(["init", str(folder)], standalone_mode=False)
    project = load(folder / "conf").project
    assert (project.name, project.country, project.currency, project.time_zone) == (
        "mine", "TR", "TRY", "Europe/Istanbul",
    )  # fmt: skip
    monkeypatch.chdir(folder)
    (tmp_path / "a.csv").write_text("nr,start,stop,paid\n7,2026-01-02,2026-01-03,5\n")
    words = ["init", "source", "stays", "--sample", str(tmp_path / "a.csv")]
    with _terminal(monkeypatch) as typed:
        typed("Stay Booked\n2\nnr\nusd\ny\n")
        app(words, standalone_mode=False)
    stays = load(folder / "conf").sources.entries[-1]
    assert (stays.event, stays.currency) == ("Stay Booked", "USD")
    assert stays.columns["event_at"] == "stop"
    assert stays.reading.zone == "Europe/Istanbul"
    with _terminal(monkeypatch):  # nobody types
        app([*words, "--yes"], standalone_mode=False)
    assert len(load(folder / "conf").sources.entries) == 2


def test_a_source_may_be_named_after_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDP_HOME", str(shipped_folder()))
    shutil.copy(_csv(tmp_path), tmp_path / "web.csv")
    shown = _run("source", tmp_path / "web.csv")
    assert "- name: web_2" in shown.stdout  # the project has a source web
    gone = _run("source", "tickets")
    assert "tickets: no such file; name a file, or a source" in str(gone.exception)


def test_a_project_is_made_from_options_and_the_next_command_is_named_in_full(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "my shop"
    made = _run(folder, "--name", "Shop", "--country", "de", "--currency", "eur",
                "--time-zone", "Europe/Berlin")  # fmt: skip
    assert f"next: cd '{folder}' && cdp init source NAME --sample FILE --write" in made.output
    settings = load(folder / "conf")
    project = settings.project
    assert (project.name, project.country, project.time_zone) == ("Shop", "DE", "Europe/Berlin")
    assert missing_folders(settings, folder) == []
    # A country alone brings no currency: amounts that name none would be in it.
    bare = _run(tmp_path / "bare", "--country", "TR", "--yes")
    assert load(tmp_path / "bare" / "conf").project.currency == ""
    assert "currency: none; set project.currency, such as TRY (TR)" in bare.output
    wrong = _run(tmp_path / "other", "--currency", "EURR")
    assert isinstance(wrong.exception, SettingsInvalid)
    assert not (tmp_path / "other").exists()


def test_a_sample_or_name_that_cannot_be_used_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "torn.json").write_text("[1")
    torn = _run("source", "x", "--sample", tmp_path / "torn.json")
    assert isinstance(torn.exception, SourceUnreadable)
    assert "torn.json: can't be read: unreadable_file" in str(torn.exception)
    gone = _run("source", "x", "--sample", tmp_path / "gone")
    assert "gone: no such file" in str(gone.exception)
    named = _run("source", "My Shop", "--sample", _csv(tmp_path))
    assert isinstance(named.exception, SettingsInvalid)
    for words in (["tickets.csv"], ["tickets.csv/x"]):
        of_file = _run(*[tmp_path / one for one in words])
        assert f"{_csv(tmp_path)}: a file; name a new folder" in str(of_file.exception)


def test_options_may_come_before_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert _run("--country", "DE", "--yes", folder).exit_code == 0
    assert load(folder / "conf").project.country == "DE"
    assert "cdp init project --help" in " ".join(_run("--help").output.replace("│", " ").split())


def test_what_cannot_be_written_is_an_error_before_the_first_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CDP_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    words = ["init", "source", "web", "--sample", str(_csv(tmp_path))]

    def fault(*more: str) -> str:
        with _terminal(monkeypatch) as typed:
            typed("\x04")  # the end of input: nobody answers
            with pytest.raises(SettingsInvalid) as found:
                app([*words, *more], standalone_mode=False)
        return str(found.value)

    assert "no project here" in fault("--write")
    with _terminal(monkeypatch) as typed:
        typed("Seen\n\nUTC\n")  # and nothing is added
        app(words, standalone_mode=False)
    monkeypatch.setenv("CDP_HOME", str(shipped_folder()))
    assert "source 'web' exists already" in fault()


def test_a_name_that_cannot_be_used_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine"
    _run(folder)
    monkeypatch.setenv("CDP_HOME", str(folder))
    (tmp_path / "a.csv").write_text("order_id,at,total,currency\n7,2026-01-02T03:04Z,5,EUR\n")
    with _terminal(monkeypatch) as typed:
        typed("My Shop\nweb\nshop\n\n")
        app(["init", "source", str(tmp_path / "a.csv")], standalone_mode=False)
    assert [one.name for one in load(folder / "conf").sources.entries] == ["web", "shop"]


@pytest.mark.parametrize("verb", ["init", "validate", "run", "demo", "evaluate", "export"])
def test_every_verb_explains_itself(verb: str) -> None:
    result = CliRunner().invoke(app, [verb, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output
