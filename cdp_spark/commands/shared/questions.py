"""Questions on a terminal, each with a default; a script is never asked."""

import sys
from collections.abc import Callable
from typing import TextIO

from rich.console import Console
from rich.prompt import Confirm, Prompt
from rich.text import Text

from cdp_spark.commands.shared.places import country_named, currency_named, zone_named
from cdp_spark.settings import SettingsInvalid
from cdp_spark.sources.inference.questions import Question

_NONE = "none"
_NAMED: dict[str, Callable[[str], str]] = {
    "country": country_named, "currency": currency_named, "zone": zone_named,
    "name": str.strip,
}  # fmt: skip


def is_terminal() -> bool:
    """Whether a person can read and answer: the three standard streams are terminals.

    Questions are printed on stderr.
    """
    return all(one.isatty() for one in (sys.stdin, sys.stdout, sys.stderr))


class _Confirm(Confirm):
    validate_error_message = "Please enter Y or N"  # the usual one is markup


class Questions:
    """Asks on a console until an answer is valid; Enter takes the default."""

    def __init__(self, console: Console, stream: TextIO | None = None) -> None:
        """`stream` has the answers in place of the terminal."""
        self._console, self._stream = console, stream

    def ask(self, question: Question, check: Callable[[str], str] | None = None) -> str:
        """The answer: one of the choices, or a name or code; empty for none.

        It is asked again while `check` raises SettingsInvalid, as for any invalid answer.
        """
        choices = question.choices
        if choices:
            for number, one in enumerate(choices, 1):
                self._console.print(f"  {number}  {one}", highlight=False)
        while True:
            text = self._text(question)
            if text == _NONE and not (question.kind == "name" or question.default in choices):
                return ""
            try:
                found = _chosen(text, choices) if choices else self._named(text, question)
                return check(found) if check else found
            except SettingsInvalid as invalid:
                self._console.print(str(invalid), style="red", highlight=False)

    def confirm(self, text: str) -> bool:
        """Whether the answer is yes, which is the default; the end of input is no."""
        try:
            shown = Text(text, "prompt")
            return _Confirm.ask(shown, console=self._console, default=True, stream=self._stream)
        except EOFError:
            return False

    def _text(self, question: Question) -> str:
        default = question.default or _NONE
        text = Text(question.text, "prompt")
        try:
            found = Prompt.ask(text, console=self._console, default=default, stream=self._stream)
        except EOFError as ended:
            raise SettingsInvalid(
                f"{question.setting}: no answer; answer, or take the defaults by --yes"
            ) from ended
        return found.strip()

    @staticmethod
    def _named(text: str, question: Question) -> str:
        found = _NAMED[question.kind](text)
        if not found:
            raise SettingsInvalid(f"{question.setting}: expected an answer")
        return found


def _chosen(text: str, choices: tuple[str, ...]) -> str:
    if text in choices:
        return text
    if text.isdecimal() and 1 <= int(text) <= len(choices):
        return choices[int(text) - 1]
    raise SettingsInvalid(f"expected a number from 1 to {len(choices)}, or one of the names")
