"""Questions about what a sample leaves open, and the mapping that the answers complete."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Values = dict[str, list[str]]
Chosen = dict[str, tuple[str, str]]  # field → column and the reason


@dataclass(frozen=True)
class Question:
    """What a sample leaves open about a setting, and the answer without which it is assumed.

    An answer is one of `choices`, where there are some; otherwise a text of the kind.
    """

    setting: str
    why: str
    text: str
    default: str = ""
    choices: tuple[str, ...] = ()
    kind: Literal["choice", "name", "country", "currency", "zone"] = "choice"


@dataclass(frozen=True)
class Given:
    """What the project says of itself, and who answers questions: None where nobody does."""

    country: str = ""
    currency: str = ""
    zone: str = ""
    ask: Callable[[Question], str] | None = None


NOBODY = Given()


@dataclass
class Mapping:
    """Fields and identifiers with their columns, options of `reading`, and what is unsure."""

    event: tuple[str, str] = ("", "")
    identifiers: Chosen = field(default_factory=dict)
    columns: Chosen = field(default_factory=dict)
    consent: Chosen = field(default_factory=dict)
    reading: dict[str, tuple[Any, str]] = field(default_factory=dict)
    country: tuple[str, str] | None = None
    currency: tuple[str, str] | None = None
    shapes: dict[str, str] = field(default_factory=dict)
    unsure: list[str] = field(default_factory=list)

    def answer(self, question: Question, given: Given) -> str | None:
        """The answer; None where nobody answers, which is noted."""
        if given.ask is None:
            self.unsure.append(f"{question.setting}: {question.why}")
            return None
        return given.ask(question)
