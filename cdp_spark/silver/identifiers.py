"""Spellings of the identifiers and contacts of parsed records, once per record.

In Python, because the libraries for telephone numbers and domains are. Workers remember values, so
that each distinct one costs once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

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
_CONTACTS = ("email", "phone")
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
    known = _Known()

    def spelled(
        source: pa.Array, email: pa.Array, phone: pa.Array, country: pa.Array, ids: pa.Array
    ) -> pa.Array:
        speller = _Speller(spellings, known)
        speller.add(
            zip(source.to_pylist(), country.to_pylist(), strict=True),
            zip(email.to_pylist(), phone.to_pylist(), strict=True),
            _identifiers(ids),
        )
        return speller.found()

    return spelled


def _identifiers(lists: pa.Array) -> Iterator[list[tuple[str | None, str | None]]]:
    """Kinds and values of each record: columns, because a dictionary per identifier is slow."""
    flat = lists.flatten()
    pairs = list(zip(flat.field("kind").to_pylist(), flat.field("value").to_pylist(), strict=True))
    start = 0
    for length in lists.value_lengths().fill_null(0).to_pylist():
        yield pairs[start : start + length]
        start += length


@dataclass
class _Known:
    """What the batches of a task have spelled: values, and countries by source and country."""

    values: dict[tuple[str, str, tuple[str, ...]], Spelled] = field(default_factory=dict)
    places: dict[tuple[str, str | None], tuple[str, ...]] = field(default_factory=dict)
    namespaces: dict[tuple[str, str], str | None] = field(default_factory=dict)


class _Speller:
    """Spells the values of a batch of records into columns."""

    def __init__(self, spellings: Spellings, known: _Known) -> None:
        if len(known.values) > _MOST_REMEMBERED:
            known.values.clear()
        self.spellings, self.known = spellings, known
        self.contacts: tuple[list[str | None], list[str | None]] = ([], [])
        # Columns of all identifiers, and where those of each record begin; the same for warnings.
        self.columns: tuple[list[str | None], ...] = ([], [], [], [])
        self.starts = [0]
        self.warnings: tuple[list[str], list[str]] = ([], [])
        self.warning_starts = [0]

    def add(
        self,
        places: Iterable[tuple[str, str | None]],
        contacts: Iterable[tuple[str | None, str | None]],
        identifiers: Iterable[list[tuple[str | None, str | None]]],
    ) -> None:
        """Add records: source and country, e-mail address and number, kinds and values."""
        for place, (email, phone), pairs in zip(places, contacts, identifiers, strict=True):
            warned: dict[tuple[str, str], None] = {}
            self._add_identifiers(place, pairs, warned)
            countries = self._countries(place)
            for column, name, value in zip(self.contacts, _CONTACTS, (email, phone), strict=True):
                spelled = None if value is None else self._contact(name, value, countries, warned)
                column.append(spelled)
            for rule, path in warned:
                self.warnings[0].append(rule)
                self.warnings[1].append(path)
            self.warning_starts.append(len(self.warnings[0]))

    def found(self) -> pa.Array:
        """The rows of the result."""
        texts = [pa.array(column, pa.string()) for column in (*self.columns, *self.contacts)]
        identifiers = pa.StructArray.from_arrays(texts[:4], fields=list(_IDENTIFIER))
        warnings = pa.StructArray.from_arrays(
            [pa.array(column, pa.string()) for column in self.warnings], fields=list(_WARNING)
        )
        lists = [
            pa.ListArray.from_arrays(pa.array(starts, pa.int32()), values)
            for starts, values in (
                (self.starts, identifiers),
                (self.warning_starts, warnings),
            )
        ]
        return pa.StructArray.from_arrays([*texts[4:], *lists], fields=list(_FOUND))

    def _add_identifiers(
        self,
        place: tuple[str, str | None],
        pairs: list[tuple[str | None, str | None]],
        warned: dict[tuple[str, str], None],
    ) -> None:
        kinds, namespaces, values, aliases = self.columns
        seen: set[tuple[str, str]] = set()
        for kind, value, alias in _with_alias(pairs):
            found, warning = self._value(kind, value, place)
            if warning:
                warned[warning, kind] = None
            if found is None or (kind, found) in seen:
                continue
            seen.add((kind, found))
            kinds.append(kind)
            namespaces.append(self._namespace(place[0], kind))
            values.append(found)
            aliases.append(alias)
        self.starts.append(len(kinds))

    def _namespace(self, source: str, kind: str) -> str | None:
        key = (source, kind)
        if key not in self.known.namespaces:
            self.known.namespaces[key] = self.spellings.namespace_of(source, kind)
        return self.known.namespaces[key]

    def _countries(self, place: tuple[str, str | None]) -> tuple[str, ...]:
        known = self.known.places.get(place)
        if known is None:
            source, country = place
            given = country_of(country) if country else None
            own = self.spellings.countries.get(source, self.spellings.country)
            known = tuple(dict.fromkeys(code for code in (given, own) if code))
            self.known.places[place] = known
        return known

    def _value(self, kind: str, value: str, place: tuple[str, str | None]) -> Spelled:
        rule = self.spellings.by_kind.get(kind)
        if rule is None:
            return None, ""
        key = (kind, value, self._countries(place) if rule.normalise == "phone" else ())
        found = self.known.values.get(key)
        if found is None:
            found = self.known.values[key] = spelling_of(value, rule, key[2])
        return found

    def _contact(
        self,
        name: str,
        value: str,
        countries: tuple[str, ...],
        warned: dict[tuple[str, str], None],
    ) -> str | None:
        key = (f"event.{name}", value, countries if name == "phone" else ())
        found = self.known.values.get(key)
        if found is None:
            found = self.known.values[key] = _contact_spelling(name, value, countries)
        if found[1]:
            warned[found[1], name] = None
        return found[0]


def _with_alias(
    pairs: list[tuple[str | None, str | None]],
) -> Iterator[tuple[str, str, str | None]]:
    """Kind, value and alias of the identifiers; a previous id is of both kinds, and comes last."""
    is_alias = any(kind == PREVIOUS_ID for kind, _ in pairs)
    current = CURRENT if is_alias else None
    for kind, value in pairs:
        if kind and value and kind != PREVIOUS_ID:
            yield kind, value, current
    if is_alias:
        users = {value for kind, value in pairs if kind == "user_id"}
        for kind, value in pairs:
            if kind == PREVIOUS_ID and value and value not in users:
                for own in _PREVIOUS_KINDS:
                    yield own, value, PREVIOUS


def _contact_spelling(name: str, value: str, countries: tuple[str, ...]) -> Spelled:
    if is_nothing(value):
        return None, ""
    if is_placeholder(value):
        return None, f"placeholder_{name}"
    found, warning = (
        email_spelling_of(value) if name == "email" else phone_spelling_of(value, countries)
    )
    return found, f"{warning}_{name}" if warning else ""
