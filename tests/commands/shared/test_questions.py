from io import StringIO

import pytest
from rich.console import Console

from cdp_spark.commands.shared.questions import Questions, is_terminal
from cdp_spark.settings import SettingsInvalid
from cdp_spark.sources.inference.questions import Question

_COLUMN = Question("event_at", "two are times", "Column of the time", choices=("a", "b"))
_TIMES = Question("reading.times", "", "Pattern", "d.M.yyyy", ("d.M.yyyy", "M.d.yyyy"))
_COUNTRY = Question("country", "", "Country", "US", kind="country")
_EVENT = Question("event", "", "Name", "Tickets", kind="name")


def _asked(question: Question, typed: str) -> tuple[str, str]:
    shown = StringIO()
    questions = Questions(Console(file=shown), StringIO(typed))
    return questions.ask(question), shown.getvalue()


@pytest.mark.parametrize(
    ("question", "typed", "answer"),
    [
        (_COLUMN, "\n", ""),
        (_COLUMN, "2\n", "b"),
        (_COLUMN, "7\nc\na\n", "a"),
        (_TIMES, "\n", "d.M.yyyy"),
        (_TIMES, "none\n2\n", "M.d.yyyy"),
        (_COUNTRY, "\n", "US"),
        (_COUNTRY, "none\n", ""),
        (_COUNTRY, "Germny\nde\n", "DE"),
        (_EVENT, "\n", "Tickets"),
        (_EVENT, "Ticket Opened\n", "Ticket Opened"),
    ],
)
def test_a_question_is_asked_until_its_answer_is_valid(
    question: Question, typed: str, answer: str
) -> None:
    found, shown = _asked(question, typed)
    assert found == answer
    assert question.text in shown
    assert all(one in shown for one in question.choices)


def test_a_wrong_answer_is_explained_and_the_end_of_input_is_an_error() -> None:
    assert "did you mean DE (Germany)" in " ".join(_asked(_COUNTRY, "Germny\nde\n")[1].split())

    class Ended(StringIO):
        def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
            raise EOFError(size)

    with pytest.raises(SettingsInvalid, match="country: no answer"):
        Questions(Console(file=StringIO()), Ended()).ask(_COUNTRY)
    assert not Questions(Console(file=StringIO()), Ended()).confirm("Add?")


def test_yes_is_the_default_and_a_test_is_no_terminal() -> None:
    shown = StringIO()
    assert Questions(Console(file=shown, markup=False), StringIO("?\ny\n")).confirm("Add [/x]?")
    assert shown.getvalue().splitlines()[0] == "Add [/x]? [y/n] (y): Please enter Y or N"
    for typed, expected in (("\n", True), ("n\n", False)):
        assert Questions(Console(file=StringIO()), StringIO(typed)).confirm("Add?") is expected
    assert not is_terminal()


def test_a_person_must_see_the_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(f"sys.{name}", Terminal())
    assert is_terminal()
    monkeypatch.setattr("sys.stderr", StringIO())  # as by 2>log
    assert not is_terminal()
