"""Identifiers named on the command line, by the tokens that the lake knows them by."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdp_spark.commands.opened import Opened
from cdp_spark.lake import Lake
from cdp_spark.settings import SettingsRefused
from cdp_spark.silver.sightings import Tokens
from cdp_spark.values.token import key_pads

_SHOWN = 8
_GIVEN = "position int, identifiers array<struct<kind: string, value: string>>"


@dataclass(frozen=True)
class Named:
    """An identifier as it was named: its kind and token."""

    kind: str
    identifier_key: str

    def __str__(self) -> str:
        """What may be shown of it."""
        return shown(self.kind, self.identifier_key)


def shown(kind: str, key: str) -> str:
    """Kind and the beginning of the token: enough to tell identifiers of a page apart."""
    return f"{kind} {key[:_SHOWN]}"


def named_identifiers(project: Opened, lake: Lake, names: Sequence[str]) -> list[Named]:
    """What `KIND:VALUE` names, in the order given; values are spelled as the rules say.

    Raises:
        SettingsRefused: not of that form, of an unknown kind, or void by its rule.
    """
    identity = project.settings.identity
    kinds = [rule.name for rule in identity.identifiers]
    given: list[tuple[int, list[tuple[str, str]]]] = []
    for position, name in enumerate(names):
        kind, _, value = name.partition(":")
        if kind not in kinds or not value:
            number = position + 1
            raise SettingsRefused(
                f"identifier {number}: expected KIND:VALUE, KIND one of {', '.join(kinds)}"
            )
        given.append((position, [(kind, value)]))
    tokens = Tokens(key_pads(lake.spark, lake.key()), identity.rules, identity.country_code)
    # From rows, not literals: values must not stand in a plan.
    rows = tokens.of(lake.spark.createDataFrame(given, _GIVEN)).orderBy("position").collect()
    found = {row["position"]: Named(row["kind"], row["identifier_key"]) for row in rows}
    for position, (_, [(kind, _)]) in enumerate(given):
        if position not in found:
            raise SettingsRefused(f"identifier {position + 1}: void by the rule of {kind}")
    return [found[position] for position in range(len(given))]
