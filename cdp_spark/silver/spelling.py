"""The spelling of one identifier or contact, remembered by the task that spells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cdp_spark.semantics.identifiers import (
    IdentifierRule,
    email_spelling_of,
    phone_spelling_of,
    spelling_of,
)
from cdp_spark.values.country import country_of
from cdp_spark.values.placeholder import is_nothing, is_placeholder

_MOST_REMEMBERED = 1 << 18
Spelled = tuple[str | None, str]


@dataclass(frozen=True)
class Spellings:
    """The rules of identifiers, and what a source adds to them.

    `country` is that of national telephone numbers, empty for none; `countries` are those of
    sources with one of their own. `namespaces` are those of ids, by source and kind.
    """

    rules: tuple[IdentifierRule, ...]
    country: str = ""
    countries: Mapping[str, str] = field(default_factory=dict)
    namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def by_kind(self) -> dict[str, IdentifierRule]:
        """The rules by the kind they are for."""
        return {rule.name: rule for rule in self.rules}

    def namespace_of(self, source: str, kind: str) -> str | None:
        """The namespace of a kind of ids of a source: its own name if no other is set."""
        rule = self.by_kind.get(kind)
        if rule is None or not rule.namespaced:
            return None
        return self.namespaces.get(source, {}).get(kind, source)

    def namespaces_of(self, kind: str) -> dict[str, str]:
        """The namespace of order_id or account_id, by source, where it is not the source's name."""
        found = {source: kinds.get(kind, source) for source, kinds in self.namespaces.items()}
        return {source: name for source, name in found.items() if source != name}


@dataclass
class KnownSpellings:
    """The spellings of values that a task has met, and the rules that give them."""

    spellings: Spellings
    values: dict[tuple[str, str, tuple[str, ...]], Spelled] = field(default_factory=dict)

    def identifier(self, kind: str, value: str, countries: tuple[str, ...]) -> Spelled:
        """The spelling of an identifier; None for a kind without rule."""
        key = (kind, value, countries)
        found = self.values.get(key)
        if found is None:
            rule = self.spellings.by_kind.get(kind)
            found = (None, "") if rule is None else spelling_of(value, rule, countries)
            self.values[key] = found
        return found

    def contact(self, name: str, value: str, countries: tuple[str, ...]) -> Spelled:
        """The spelling of an e-mail address or a telephone number to write or call to."""
        key = (f"event.{name}", value, countries)
        found = self.values.get(key)
        if found is None:
            found = self.values[key] = _contact_spelling(name, value, countries)
        return found

    def countries(self, source: str, country: str | None) -> tuple[str, ...]:
        """Countries of a record's national telephone numbers, the likeliest first."""
        given = country_of(country) if country else None
        own = self.spellings.countries.get(source, self.spellings.country)
        return tuple(dict.fromkeys(code for code in (given, own) if code))

    def has_country(self, kind: str) -> bool:
        """Whether the spelling of a kind depends on the country."""
        rule = self.spellings.by_kind.get(kind)
        return rule is not None and rule.normalise == "phone"

    def forget(self) -> None:
        """Bound the memory of a task."""
        if len(self.values) > _MOST_REMEMBERED:
            self.values.clear()


def _contact_spelling(name: str, value: str, countries: tuple[str, ...]) -> Spelled:
    if is_nothing(value):
        return None, ""
    if is_placeholder(value):
        return None, f"placeholder_{name}"
    found, warning = (
        email_spelling_of(value) if name == "email" else phone_spelling_of(value, countries)
    )
    return found, f"{warning}_{name}" if warning else ""
