"""Identifiers named on the command line, as the tokens the lake stores."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdp_spark.commands.shared.project import Project
from cdp_spark.lake import Lake
from cdp_spark.settings import SettingsInvalid
from cdp_spark.silver.sightings import Tokens
from cdp_spark.values.token import key_pads

_SHOWN = 8
_IDENTIFIERS = "position int, identifiers array<struct<kind: string, value: string>>"


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

    Raises:
        SettingsInvalid: another form, an unknown kind, or a value its rule rejects.
    """
    identity = project.settings.identity
    kinds = [rule.name for rule in identity.identifiers]
    given: list[tuple[int, list[tuple[str, str]]]] = []
    for position, name in enumerate(names):
        kind, _, value = name.partition(":")
        if kind not in kinds or not value:
            number = position + 1
            raise SettingsInvalid(
                f"identifier {number}: expected KIND:VALUE with KIND one of {', '.join(kinds)}"
            )
        given.append((position, [(kind, value)]))
    tokens = Tokens(key_pads(lake.spark, lake.key()), identity.rules, identity.country_code)
    # From rows, not literals: values must not appear in a plan.
    rows = tokens.of(lake.spark.createDataFrame(given, _IDENTIFIERS)).orderBy("position").collect()
    found = {row["position"]: Named(row["kind"], row["identifier_key"]) for row in rows}
    for position, (_, [(kind, _)]) in enumerate(given):
        if position not in found:
            raise SettingsInvalid(
                f"identifier {position + 1}: identity.identifiers.{kind} rejects the value as "
                "invalid; check it or the rule"
            )
    return [found[position] for position in range(len(given))]
