"""Spellings of the identifiers and contacts of parsed records, once per record.

In Python, because the libraries for telephone numbers and domains are. Workers remember values, so
that each distinct one costs once.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import arrow_udf

from cdp_spark.semantics.identifiers import (
    IdentifierRule,
    email_spelling_of,
    phone_spelling_of,
    spelling_of,
)
from cdp_spark.values.country import country_of
from cdp_spark.values.placeholder import is_nothing, is_placeholder

PREVIOUS_ID = "previous_id"
PREVIOUS, CURRENT = "previous", "current"
_PREVIOUS_KINDS = ("user_id", "anonymous_id")
_MOST_REMEMBERED = 1 << 18
_TYPE = (
    "struct<email:string,phone:string,"
    "identifiers:array<struct<kind:string,namespace:string,value:string,alias:string>>,"
    "warnings:array<struct<rule:string,path:string>>>"
)
_IDENTIFIER = pa.struct([(name, pa.string()) for name in ("kind", "namespace", "value", "alias")])
_WARNING = pa.struct([("rule", pa.string()), ("path", pa.string())])
_FOUND = pa.struct(
    [
        ("email", pa.string()),
        ("phone", pa.string()),
        ("identifiers", pa.list_(_IDENTIFIER)),
        ("warnings", pa.list_(_WARNING)),
    ]
)
_GIVEN = ("source", "email", "phone", "country", "identifiers")
Row = tuple[Any, ...]
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


def with_spellings(records: DataFrame, spellings: Spellings) -> DataFrame:
    """The records with normalised e-mail address, phone number and identifiers.

    Each of `identifiers` has kind, namespace, normalised value and alias. Values that are no
    identifiers are left out; `spelling_warnings` name those that are not merely empty. Of equal
    identifiers one is kept.
    """
    spelled = arrow_udf(_speller(spellings), _TYPE)  # type: ignore[call-overload] # its stub wants what it warns of
    found = records.withColumn("spelled", spelled(*[F.col(name) for name in _GIVEN]))
    return found.withColumns(
        {
            "email": _of_spelled("email"),
            "phone": _of_spelled("phone"),
            "identifiers": _of_spelled("identifiers"),
            "spelling_warnings": _of_spelled("warnings"),
        }
    ).drop("spelled")


def _of_spelled(name: str) -> Column:
    return F.col(f"spelled.{name}")


def _speller(
    spellings: Spellings,
) -> Callable[[pa.Array, pa.Array, pa.Array, pa.Array, pa.Array], pa.Array]:
    def spelled(
        source: pa.Array, email: pa.Array, phone: pa.Array, country: pa.Array, ids: pa.Array
    ) -> pa.Array:
        record = _Record(spellings)
        columns = (source, email, phone, country, ids)
        rows = zip(*[column.to_pylist() for column in columns], strict=True)
        return pa.array([record.spelled(*row) for row in rows], _FOUND)

    return spelled


class _Record:
    """Spells the values of records; remembers what it has spelled."""

    def __init__(self, spellings: Spellings) -> None:
        self.spellings = spellings
        self.values: dict[tuple[str, str, tuple[str, ...]], Spelled] = {}

    def spelled(
        self,
        source: str,
        email: str | None,
        phone: str | None,
        country: str | None,
        identifiers: list[dict[str, str | None]] | None,
    ) -> dict[str, Any]:
        """A row of the result."""
        countries = self._countries(source, country)
        warnings: dict[tuple[str, str], None] = {}
        kept: dict[tuple[str, str | None, str], str | None] = {}
        is_alias, mine = False, {value for kind, value in _pairs(identifiers) if kind == "user_id"}
        for kind, value in _pairs(identifiers):
            is_previous = kind == PREVIOUS_ID
            is_alias = is_alias or is_previous
            for own in _PREVIOUS_KINDS if is_previous else (kind,):
                found, warning = self._value(own, value, countries)
                if warning:
                    warnings[warning, own] = None
                if found is not None and not (is_previous and found in mine):
                    key = own, self.spellings.namespace_of(source, own), found
                    kept.setdefault(key, PREVIOUS if is_previous else None)
        contacts = {
            "email": self._contact("email", email, countries, warnings),
            "phone": self._contact("phone", phone, countries, warnings),
        }
        return contacts | {
            "identifiers": [
                {
                    "kind": kind, "namespace": namespace, "value": value,
                    "alias": (alias or CURRENT) if is_alias else None,
                }
                for (kind, namespace, value), alias in kept.items()
            ],
            "warnings": [{"rule": rule, "path": path} for rule, path in warnings] or None,
        }  # fmt: skip

    def _countries(self, source: str, country: str | None) -> tuple[str, ...]:
        given = country_of(country) if country else None
        known = (given, self.spellings.countries.get(source, self.spellings.country))
        return tuple(dict.fromkeys(code for code in known if code))

    def _value(self, kind: str, value: str, countries: tuple[str, ...]) -> Spelled:
        rule = self.spellings.by_kind.get(kind)
        if rule is None:
            return None, ""
        key = (kind, value, countries if rule.normalise == "phone" else ())
        found = self.values.get(key)
        if found is None:
            found = spelling_of(value, rule, countries)
            self._remember(key, found)
        return found

    def _contact(
        self,
        name: str,
        value: str | None,
        countries: tuple[str, ...],
        warnings: dict[tuple[str, str], None],
    ) -> str | None:
        if value is None:
            return None
        key = (f"event.{name}", value, countries if name == "phone" else ())
        found = self.values.get(key)
        if found is None:
            found = _contact_spelling(name, value, countries)
            self._remember(key, found)
        if found[1]:
            warnings[found[1], name] = None
        return found[0]

    def _remember(self, key: tuple[str, str, tuple[str, ...]], found: Spelled) -> None:
        if len(self.values) >= _MOST_REMEMBERED:
            self.values.clear()
        self.values[key] = found


def _pairs(identifiers: list[dict[str, str | None]] | None) -> Iterator[tuple[str, str]]:
    """Kind and value of the identifiers; previous ids last, so that they do not hide others."""
    given = [(one["kind"], one["value"]) for one in identifiers or ()]
    filled = [(kind, value) for kind, value in given if kind and value]
    yield from (pair for pair in filled if pair[0] != PREVIOUS_ID)
    yield from (pair for pair in filled if pair[0] == PREVIOUS_ID)


def _contact_spelling(name: str, value: str, countries: tuple[str, ...]) -> Spelled:
    if is_nothing(value):
        return None, ""
    if is_placeholder(value):
        return None, f"placeholder_{name}"
    found, warning = (
        email_spelling_of(value) if name == "email" else phone_spelling_of(value, countries)
    )
    return found, f"{warning}_{name}" if warning else ""
