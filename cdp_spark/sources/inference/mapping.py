"""Which column of a table is what: by the words of its name and what its values are."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from babel.core import get_global

from cdp_spark.sources.columns import folded
from cdp_spark.sources.inference.shapes import (
    Times,
    are_emails,
    are_flags,
    are_phones,
    decimal_of,
    phone_countries,
    share,
    times_of,
)
from cdp_spark.sources.inference.words import (
    CONSENT_WORDS,
    COUNTRY_OF_WORDS,
    FIELD_WORDS,
    KIND_WORDS,
    NOT_PAID,
)

Values = dict[str, list[str]]
Chosen = dict[str, tuple[str, str]]  # field → column and the reason

# Kind of identifier → pattern of its column name, and a shape that is enough without the name.
_KINDS = {
    "email": (r"e?.?mail|e.?posta", "e-mail"),
    "phone": (r"phone|mobile|msisdn|gsm|caller|telefon", "phone"),
    "loyalty_id": (r"loyalty|card.?(no|num|id)?$|kart", ""),
    "advertising_id": (r"advertising|idfa|gaid|\bifa\b|maid", ""),
    "anonymous_id": (r"anonymous|cookie|visitor|pseudo", ""),
    "device_id": (r"device.?(id|no)?$|serial", ""),
    "user_id": (r"(user|customer|client|member|contact|musteri).?(id|no|number|key)?$", ""),
}
# Event field → pattern of its column name, and the shape its values must have.
_FIELDS = {
    "received_at": (r"received|ingested|loaded", "instant"),
    "birth_on": (r"birth|born|^dob$|dogum", "instant"),
    "event_at": (r"time|_at$|^at$|date|day|when|created|occurred|seen|tarih|zaman", "instant"),
    "order_id": (r"(order|basket|invoice|siparis).?(id|no|number)$", ""),
    "product_id": (r"sku|(product|item|article).?(id|no)$", ""),
    "product_name": (r"(product|item).?(name|label|title)$|^label$", ""),
    "quantity": (r"quantity|qty|adet", "number"),
    "price": (r"price|unit", "number"),
    "amount": (r"amount|total|revenue|cost|spend|spent|paid|value|sum|tutar", "number"),
    "currency": (r"currency|para.?birimi", ""),
    "campaign": (r"campaign|kampanya", ""),
    "first_name": (r"first.?name|given.?name", ""),
    "last_name": (r"last.?name|surname|family.?name|soyad", ""),
    "city": (r"city|sehir", ""),
    "country": (r"country|ulke", ""),
}
_ENGLISH = ("US", "GB")  # likely where no name of a column is in another language
_EVENT_ID = re.compile(r"(^|event|message|row|line|record|transaction)_?(id|uuid|guid|no|number)$")
_A_KEY = re.compile(r"(^|_)(id|no|nr|num|number|ref|reference|key|code|uuid)$")
_ORDER_NAME = re.compile(r"#?[A-Z]{0,5}-?\d{2,}$")
_INTERNATIONAL = re.compile(r"(\+|00|0)[\d ()./-]{8,}$")


@dataclass
class Mapping:
    """Fields and identifiers with their columns, options of `reading`, and what is unsure."""

    identifiers: Chosen = field(default_factory=dict)
    columns: Chosen = field(default_factory=dict)
    consent: Chosen = field(default_factory=dict)
    reading: dict[str, tuple[Any, str]] = field(default_factory=dict)
    country: tuple[str, str] | None = None
    shapes: dict[str, str] = field(default_factory=dict)
    unsure: list[str] = field(default_factory=list)


def mapping_of(values: Values) -> Mapping:
    """What the columns are; `values` are the filled ones of each column, as text."""
    found = Mapping(shapes={column: _shape(filled) for column, filled in values.items()})
    found.identifiers = dict(_identifiers(values, found.shapes))
    found.columns = dict(_fields(values, found))
    _set_order_name(values, found)
    _set_event_time(found)
    _set_event_id(values, found)
    _set_consent(values, found)
    likely = _likely_countries(values)
    _set_country(values, found, likely)
    _set_numbers(values, found)
    _set_times(values, found, likely)
    return found


def _plain(column: str) -> str:
    return re.sub(r"[\W_]+", "", folded(column))


def _parts(column: str) -> str:
    # customerId and device.id are matched as customer_id and device_id.
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column)
    return re.sub(r"[\W_]+", "_", "_".join(map(folded, re.split(r"[\s_.\-]+", spaced))))


def _shape(filled: list[str]) -> str:
    tests: dict[str, Callable[[list[str]], object]] = {
        "e-mail": are_emails,
        "instant": times_of,
        "number": lambda some: decimal_of(some) is not None,
        "phone": lambda some: share(some, _INTERNATIONAL) >= 0.8,  # noqa: PLR2004 - as in shapes
        "flag": are_flags,
    }
    return next((name for name, test in tests.items() if filled and test(filled)), "text")


def _rank(column: str, words: tuple[str, ...], pattern: str) -> int | None:
    """How well a name fits: the place of its word, behind them the pattern; None if not at all."""
    if _plain(column) in words:
        return words.index(_plain(column))
    return len(words) if re.search(pattern, _parts(column)) else None


def _identifiers(values: Values, shapes: dict[str, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    taken: set[str] = set()
    for kind, (pattern, shape) in _KINDS.items():
        words, ranked = KIND_WORDS.get(kind, ()), []
        for column, filled in values.items():
            rank = _rank(column, words, pattern)
            is_shaped = bool(shape) and shapes[column] == shape
            if kind == "phone" and rank is not None:
                is_shaped = are_phones(filled)
            is_fit = is_shaped or (rank is not None and not shape)
            is_known = rank is not None and rank < len(words)
            if column not in taken and (is_fit if filled else is_known):
                ranked.append((len(words) + 1 if rank is None else rank, column, is_shaped))
        if ranked:
            rank, column, is_shaped = min(ranked, key=lambda one: one[0])
            taken.add(column)
            why = _reason(shape if is_shaped else "", is_named=rank <= len(words))
            yield kind, (column, why if values[column] else f"{why}; it is empty in the sample")


def _fields(values: Values, found: Mapping) -> Iterator[tuple[str, tuple[str, str]]]:
    people = {at for kind, (at, _) in found.identifiers.items() if kind not in {"email", "phone"}}
    taken = set(people)
    for name, (pattern, shape) in _FIELDS.items():
        ranked = []
        for column, filled in values.items():
            rank = _rank(column, FIELD_WORDS.get(name, ()), pattern)
            is_other = name == "amount" and any(word in _plain(column) for word in NOT_PAID)
            fits = bool(filled) and (not shape or _has(shape, filled, found.shapes[column]))
            if rank is not None and fits and not is_other and column not in taken:
                ranked.append((rank, column))
        if ranked:
            column = min(ranked, key=lambda one: one[0])[1]
            taken.add(column)
            yield name, (column, _reason(shape, is_named=True))


def _has(shape: str, filled: list[str], found: str) -> bool:
    return found == shape or (shape == "number" and decimal_of(filled) is not None)


def _set_order_name(values: Values, found: Mapping) -> None:
    """Shops call an order by a name such as #1001."""
    if "amount" not in found.columns or "order_id" in found.columns:
        return
    for column, filled in values.items():
        if _plain(column) == "name" and share(filled, _ORDER_NAME) >= 0.8:  # noqa: PLR2004
            found.columns["order_id"] = (column, "its values look like names of orders")


def _set_event_time(found: Mapping) -> None:
    if "event_at" in found.columns:
        return
    used = {at for at, _ in found.columns.values()}
    instants = [
        one for one, shape in found.shapes.items() if shape == "instant" and one not in used
    ]
    if len(instants) == 1:
        found.columns["event_at"] = (instants[0], "the only column of times")
    else:
        several = f": {', '.join(instants)} are times" if instants else ""
        found.unsure.append(
            f"event_at: no column is the time of the event{several}; the time of delivery is used"
        )


def _set_event_id(values: Values, found: Mapping) -> None:
    """The column with another value in each row: named so, the order's, or another number."""
    count = max(map(len, values.values()), default=0)
    people = {at for at, _ in found.identifiers.values()}
    unique = [
        column
        for column, filled in values.items()
        if len(filled) == count == len(set(filled)) and column not in people
    ]
    order = found.columns.get("order_id", ("", ""))[0]
    # A column that is named so may be empty here and there: such rows are dirt.
    named = [
        column
        for column, filled in values.items()
        if _EVENT_ID.search(_parts(column))
        and filled
        and len(set(filled)) == len(filled)
        and column not in people
    ]
    keys = [column for column in unique if column == order or _A_KEY.search(_parts(column))]
    chosen = next(iter([*named, *[one for one in keys if one == order], *keys]), None)
    if chosen:
        why = (
            "its name matches, each value once" if chosen in named else "each row has another value"
        )
        found.columns = {"event_id": (chosen, why)} | found.columns
    else:
        found.unsure.append("event_id: derived from each row, so that equal rows are one event")


def _set_consent(values: Values, found: Mapping) -> None:
    used = {at for at, _ in (*found.columns.values(), *found.identifiers.values())}
    for purpose, words in CONSENT_WORDS.items():
        for column, filled in values.items():
            if column not in used and _plain(column) in words and are_flags(filled):
                found.consent[purpose] = (column, "its name matches and its values say yes or no")
                break


def _likely_countries(values: Values) -> list[str]:
    """Countries of the language of the column names; two names at least."""
    names = [_plain(column) for column in values]
    hits = {
        country: sum(any(word in name for word in words) for name in names)
        for country, words in COUNTRY_OF_WORDS.items()
    }
    return sorted((one for one, count in hits.items() if count > 1), key=lambda one: -hits[one])


def _set_country(values: Values, found: Mapping, likely: list[str]) -> None:
    if "phone" not in found.identifiers:
        return
    numbers = values[found.identifiers["phone"][0]]
    countries = phone_countries(numbers, likely or _ENGLISH)
    if not countries:
        return
    first, *others = countries
    if others:
        some = ", ".join(others[:5])
        found.unsure.append(f"country: national numbers are valid in {first}, and in {some}")
    is_guess = others and first not in (*likely, *_ENGLISH)
    if not is_guess:
        found.country = (first, "national numbers are valid there; check it")


def _set_numbers(values: Values, found: Mapping) -> None:
    numbers = [found.columns[one][0] for one in ("amount", "price") if one in found.columns]
    signs = {decimal_of(values[column]) for column in numbers}
    if "," in signs:
        found.reading["decimal"] = (",", "amounts have a decimal comma")
    if "amount" in found.columns and "currency" not in found.columns:
        found.unsure.append("currency: no column names it; amounts are in project.currency")


def _set_times(values: Values, found: Mapping, likely: list[str]) -> None:
    country = found.country[0] if found.country else next(iter(likely), "")
    named = [found.columns[one][0] for one in ("event_at", "received_at", "birth_on")
             if one in found.columns]  # fmt: skip
    times = {
        column: one
        for column in named
        if (one := times_of(values[column], is_month_first=country == "US"))
    }
    patterns = tuple(dict.fromkeys(one.pattern for one in times.values() if one.pattern))
    if patterns:
        found.reading["times"] = (patterns, "how its times are written")
    found.unsure += [
        f"reading.times: day and month of {column} may be the other way round"
        for column, one in times.items()
        if not one.is_sure
    ]
    event_at = times.get(found.columns.get("event_at", ("", ""))[0], Times())
    if not event_at.has_zone:
        _set_zone(found, country)


def _set_zone(found: Mapping, country: str) -> None:
    zones = get_global("territory_zones").get(country, ())
    if len(zones) == 1:
        found.reading["zone"] = (zones[0], f"times have none; that of {country}: check it")
    else:
        found.unsure.append("reading.zone: times have none and are taken as UTC; set the zone")


def _reason(shape: str, *, is_named: bool) -> str:
    by_name = ["its name matches"] if is_named else []
    return " and ".join(by_name + ([f"its values look like {shape}s"] if shape else []))
