"""Spellings of the identifiers and contacts of parsed records, once per record.

In Python, because the libraries for telephone numbers and domains are. Records are columns of codes
here, so that only distinct values are spelled; workers remember them from batch to batch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import arrow_udf

from cdp_spark.silver.spelling import KnownSpellings, Spelled, Spellings

PREVIOUS_ID = "previous_id"
PREVIOUS, CURRENT = "previous", "current"
_PREVIOUS_KINDS = ("user_id", "anonymous_id")
_CONTACTS = ("email", "phone")
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
_ALIASES = [None, CURRENT, PREVIOUS]
Codes = npt.NDArray[np.int64]
Warned = tuple[int, str, str]  # record, rule, field


def with_spellings(records: DataFrame, spellings: Spellings) -> DataFrame:
    """The records with normalised e-mail address, phone number and identifiers.

    Each of `identifiers` has kind, namespace, normalised value and alias. Values that are no
    identifiers are left out; `spelling_warnings` name those that are not merely empty. Of equal
    identifiers one is kept.
    """
    spelled = arrow_udf(speller(spellings), _TYPE)  # type: ignore[call-overload] # its stub wants what it warns of
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


def speller(
    spellings: Spellings,
) -> Callable[[pa.Array, pa.Array, pa.Array, pa.Array, pa.Array], pa.Array]:
    """Columns source, email, phone, country and identifiers of records → what is spelled of each.

    A row of the result has email, phone, identifiers and warnings, and depends on its record alone.
    """
    known = KnownSpellings(spellings)

    def spelled(
        source: pa.Array, email: pa.Array, phone: pa.Array, country: pa.Array, ids: pa.Array
    ) -> pa.Array:
        places = _Places.of(source, country, known)
        found, own = _spelled_identifiers(ids, places, known)
        contacts, of_contacts = zip(
            *[_contacts(name, values, places, known)
              for name, values in zip(_CONTACTS, (email, phone), strict=True)],
            strict=True,
        )  # fmt: skip
        warnings = _lists_of_warnings([*own, *chain(*of_contacts)], len(source))
        known.forget()
        return pa.StructArray.from_arrays([*contacts, found, warnings], fields=list(_FOUND))

    return spelled


@dataclass(frozen=True)
class _Codes:
    """Texts as numbers of a list without duplicates; -1 is null."""

    codes: Codes
    texts: list[str]

    @classmethod
    def of(cls, texts: pa.Array) -> "_Codes":
        """The codes of an array of texts."""
        encoded = texts.dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        return cls(codes, encoded.dictionary.to_pylist())


@dataclass(frozen=True)
class _Places:
    """Of each record: the code of its source, and that of the countries of its numbers."""

    source: Codes
    sources: list[str]
    region: Codes
    regions: list[tuple[str, ...]]

    @classmethod
    def of(cls, source: pa.Array, country: pa.Array, known: KnownSpellings) -> "_Places":
        """The places of a batch of records."""
        sources, countries = _Codes.of(source), _Codes.of(country)
        width = len(countries.texts) + 1
        pairs, which = np.unique(sources.codes * width + countries.codes + 1, return_inverse=True)
        named: list[str | None] = [None, *countries.texts]
        found = [
            known.countries(sources.texts[pair // width], named[pair % width])
            for pair in pairs.tolist()
        ]
        regions = list(dict.fromkeys(found))
        region = np.array([regions.index(one) for one in found], np.int64)[which]
        return cls(sources.codes, sources.texts, region, regions)


def _contacts(
    name: str, values: pa.Array, places: _Places, known: KnownSpellings
) -> tuple[pa.Array, list[Warned]]:
    """The spelled contacts of the records, and the warnings."""
    texts = _Codes.of(values)
    has_country = name == "phone"
    region = places.region if has_country else np.zeros_like(texts.codes)
    width = len(texts.texts) + 1
    pairs, which = np.unique(region * width + texts.codes + 1, return_inverse=True)
    spelled: list[Spelled] = [
        (None, "") if pair % width == 0
        else known.contact(
            name, texts.texts[pair % width - 1],
            places.regions[pair // width] if has_country else (),
        )
        for pair in pairs.tolist()
    ]  # fmt: skip
    found = pa.array([value for value, _ in spelled], pa.string()).take(pa.array(which))
    warned = np.flatnonzero(np.array([bool(rule) for _, rule in spelled], bool)[which])
    return found, [(record, spelled[which[record]][1], name) for record in warned.tolist()]


def _spelled_identifiers(
    ids: pa.Array, places: _Places, known: KnownSpellings
) -> tuple[pa.Array, list[Warned]]:
    """The lists of spelled identifiers of the records, and the warnings.

    In arrays, not row by row: a record has several, and most values occur again.
    """
    flat = ids.flatten()
    lengths = ids.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    records = np.repeat(np.arange(len(ids)), lengths)
    kinds, values = _Codes.of(flat.field("kind")), _Codes.of(flat.field("value"))
    empty = [code for code, text in enumerate(values.texts) if not text]
    is_filled = (kinds.codes >= 0) & (values.codes >= 0) & ~np.isin(values.codes, empty)
    sent = _Sent(records, kinds.codes, values.codes, np.zeros_like(records))
    given, names = _with_aliases(sent, is_filled, kinds.texts)
    pairs, which = _distinct(given, names, values.texts, places, known)
    spelled = [known.identifier(*pair) for pair in pairs]
    found = pa.array([value for value, _ in spelled], pa.string()).dictionary_encode()
    code = found.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)[which]
    has_rule = np.array([bool(rule) for _, rule in spelled], bool)[which]
    warned = [
        (int(given.record[row]), spelled[which[row]][1], names[given.kind[row]])
        for row in np.flatnonzero(has_rule).tolist()
    ]
    # Of equal identifiers of a record the first stays.
    width = len(found.dictionary) or 1
    whole = (given.record * len(names) + given.kind) * width + code
    valid = np.flatnonzero(code >= 0)
    _, first = np.unique(whole[valid], return_index=True)
    kept = valid[np.sort(first)]
    columns = [
        pa.array(names, pa.string()).take(pa.array(given.kind[kept])),
        _namespaces(given.kind[kept], places.source[given.record[kept]], names, places, known),
        found.dictionary.take(pa.array(code[kept])),
        pa.array(_ALIASES, pa.string()).take(pa.array(given.alias[kept])),
    ]
    counts = np.bincount(given.record[kept], minlength=len(ids))
    structs = pa.StructArray.from_arrays(columns, fields=list(_IDENTIFIER))
    return _lists(counts, structs), warned


@dataclass(frozen=True)
class _Sent:
    """Identifiers as columns of codes: record, kind, value, and place in `_ALIASES`."""

    record: Codes
    kind: Codes
    value: Codes
    alias: Codes

    def where(self, rows: np.ndarray) -> "_Sent":
        """The identifiers of those rows."""
        return _Sent(self.record[rows], self.kind[rows], self.value[rows], self.alias[rows])


def _with_aliases(sent: _Sent, is_filled: np.ndarray, kinds: list[str]) -> tuple[_Sent, list[str]]:
    """The identifiers that have a value, and the names of their kinds.

    A previous id is of both kinds of ids, and comes last; one that is the user's id is none.
    """
    names = list(dict.fromkeys((*kinds, *_PREVIOUS_KINDS)))
    if PREVIOUS_ID not in kinds:
        return sent.where(is_filled), names
    is_previous = sent.kind == kinds.index(PREVIOUS_ID)
    current = sent.where(is_filled & ~is_previous)
    of_alias = np.isin(current.record, sent.record[is_previous])
    width = int(sent.value.max(initial=0)) + 1
    is_user = current.kind == names.index("user_id")
    users = current.record[is_user] * width + current.value[is_user]
    previous = sent.where(is_filled & is_previous)
    previous = previous.where(~np.isin(previous.record * width + previous.value, users))
    columns = [
        np.concatenate([own, np.repeat(old, len(_PREVIOUS_KINDS))])
        for own, old in (
            (current.record, previous.record),
            (current.kind, previous.kind),
            (current.value, previous.value),
            (np.where(of_alias, _ALIASES.index(CURRENT), 0),
             np.full_like(previous.record, _ALIASES.index(PREVIOUS))),
        )
    ]  # fmt: skip
    both = [names.index(kind) for kind in _PREVIOUS_KINDS]
    columns[1][len(current.kind) :] = np.tile(both, len(previous.kind))
    return _Sent(*columns).where(np.argsort(columns[0], kind="stable")), names


def _distinct(
    given: _Sent, kinds: list[str], values: list[str], places: _Places, known: KnownSpellings
) -> tuple[list[tuple[str, str, tuple[str, ...]]], Codes]:
    """The distinct kinds, values and countries, and which of them each identifier is."""
    has_country = np.array([known.has_country(kind) for kind in kinds], bool)
    # 0 is no country: one entry for a value that is spelled the same in all.
    region = np.where(has_country[given.kind], places.region[given.record] + 1, 0)
    width = len(values) or 1
    whole = (region * len(kinds) + given.kind) * width + given.value
    pairs, which = np.unique(whole, return_inverse=True)
    regions: list[tuple[str, ...]] = [(), *places.regions]
    return [
        (
            kinds[pair // width % len(kinds)],
            values[pair % width],
            regions[pair // width // len(kinds)],
        )
        for pair in pairs.tolist()
    ], which


def _namespaces(
    kind: Codes, source: Codes, kinds: list[str], places: _Places, known: KnownSpellings
) -> pa.Array:
    names = [
        known.spellings.namespace_of(source_name, kind_name)
        for source_name in places.sources
        for kind_name in kinds
    ]
    return pa.array(names, pa.string()).take(pa.array(source * len(kinds) + kind))


def _lists_of_warnings(found: list[Warned], count: int) -> pa.Array:
    """The distinct warnings of each of `count` records, in the order given."""
    distinct = sorted(dict.fromkeys(found), key=itemgetter(0))
    counts = np.bincount([record for record, _, _ in distinct], minlength=count)
    columns = [pa.array([one[at] for one in distinct], pa.string()) for at in (1, 2)]
    return _lists(counts, pa.StructArray.from_arrays(columns, fields=list(_WARNING)))


def _lists(counts: np.ndarray, values: pa.Array) -> pa.Array:
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(starts), values)
