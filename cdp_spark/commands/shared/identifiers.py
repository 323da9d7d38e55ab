"""Identifiers named on the command line, as the tokens the lake stores."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdp_spark.commands.shared.project import Project
from cdp_spark.lake import Lake
from cdp_spark.semantics.identifiers import spelling_of
from cdp_spark.settings import Settings, SettingsInvalid
from cdp_spark.silver.sightings import Tokens
from cdp_spark.values.token import key_pads

_SHOWN = 8
_IDENTIFIERS = (
    "position int,"
    " identifiers array<struct<kind: string, namespace: string, value: string, alias: string>>"
)


@dataclass(frozen=True)
class Named:
    """An identifier named on the command line: its kind and token."""

    kind: str
    identifier_key: str

    def __str__(self) -> str:
        """Kind and shortened token: safe to print."""
        return shown(self.kind, self.identifier_key)


def shown(kind: str, key: str) -> str:
    """Kind and the start of the token: enough to distinguish identifiers on a page."""
    return f"{kind} {key[:_SHOWN]}"


def named_identifiers(project: Project, lake: Lake, names: Sequence[str]) -> list[Named]:
    """The identifiers of `KIND:VALUE` arguments, in their order, normalised by the rules.

    Ids with namespaces are `KIND@NAMESPACE:VALUE`; the namespace may be left out where a kind has
    one only.

    Raises:
        SettingsInvalid: another form, an unknown kind or namespace, or a value its rule rejects.
    """
    given = [
        (position, [_normalised(position + 1, name, project.settings)])
        for position, name in enumerate(names)
    ]
    # From rows, not literals: values must not appear in a plan.
    tokens = Tokens(key_pads(lake.spark, lake.key()))
    rows = tokens.of(lake.spark.createDataFrame(given, _IDENTIFIERS)).orderBy("position").collect()
    return [Named(row["kind"], row["identifier_key"]) for row in rows]


def _normalised(number: int, name: str, settings: Settings) -> tuple[str, str | None, str, None]:
    """Kind, namespace, normalised value and alias of an argument."""
    rules = settings.spellings.by_kind
    named, _, value = name.partition(":")
    kind, _, namespace = named.partition("@")
    if kind not in rules or not value:
        raise SettingsInvalid(
            f"identifier {number}: expected KIND:VALUE with KIND one of {', '.join(rules)}"
        )
    spellings = settings.spellings
    countries = (spellings.country, *sorted(spellings.countries.values()))
    found, _ = spelling_of(value, rules[kind], tuple(dict.fromkeys(filter(None, countries))))
    if found is None:
        raise SettingsInvalid(
            f"identifier {number}: identity.identifiers.{kind} rejects the value as "
            "invalid; check it or the rule"
        )
    return kind, _namespace(number, kind, namespace, settings), found, None


def _namespace(number: int, kind: str, given: str, settings: Settings) -> str | None:
    by_source = settings.spellings.namespaces.values()
    if not settings.spellings.by_kind[kind].namespaced:
        known = []
    else:
        known = sorted({namespaces[kind] for namespaces in by_source})
    if given and given not in known:
        expected = f"one of {', '.join(known)}" if known else f"{kind}:VALUE without namespace"
        raise SettingsInvalid(f"identifier {number}: expected {expected}, found {kind}@{given}")
    if not known:
        return None
    if not given and len(known) > 1:
        raise SettingsInvalid(
            f"identifier {number}: {kind} names somebody within a namespace; expected "
            f"{kind}@NAMESPACE:VALUE with NAMESPACE one of {', '.join(known)}"
        )
    return given or known[0]
