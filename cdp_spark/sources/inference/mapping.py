"""Which column of a table is what: by the words of its name and what its values are."""

import re
from collections.abc import Callable, Iterator

from cdp_spark.sources.inference.assumptions import assume, parts, plain
from cdp_spark.sources.inference.questions import NOBODY, Given, Mapping, Values
from cdp_spark.sources.inference.shapes import (
    are_emails,
    are_flags,
    are_phones,
    decimals_of,
    share,
    times_of,
)
from cdp_spark.sources.inference.words import (
    CONSENT_WORDS,
    FIELD_WORDS,
    KIND_WORDS,
    NOT_PAID,
)

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
    "event": (r"(^|_)event(_?(name|type))?$", "name"),
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
_MOST_NAMES = 50  # of events: a column of more is a text
_ORDER_NAME = re.compile(r"#?[A-Z]{0,5}-?\d{2,}$")
_INTERNATIONAL = re.compile(r"(\+|00|0)[\d ()./-]{8,}$")


def mapping_of(values: Values, name: str = "", given: Given = NOBODY) -> Mapping:
    """What the columns are; `values` are the filled ones of each column, as text.

    `name` is the source's. What the sample leaves open is asked or assumed, see `assumptions`.
    """
    found = Mapping(shapes={column: _shape(filled) for column, filled in values.items()})
    found.identifiers = dict(_identifiers(values, found.shapes))
    found.columns = dict(_fields(values, found))
    _set_order_name(values, found)
    _set_consent(values, found)
    assume(values, found, name, given)
    return found


def _shape(filled: list[str]) -> str:
    tests: dict[str, Callable[[list[str]], object]] = {
        "e-mail": are_emails,
        "instant": times_of,
        "number": lambda some: decimals_of(some) is not None,
        "phone": lambda some: share(some, _INTERNATIONAL) >= 0.8,  # noqa: PLR2004 - as in shapes
        "flag": are_flags,
    }
    return next((name for name, test in tests.items() if filled and test(filled)), "text")


def _rank(column: str, words: tuple[str, ...], pattern: str) -> int | None:
    """How well a name fits: the place of its word, behind them the pattern; None if not at all."""
    if plain(column) in words:
        return words.index(plain(column))
    return len(words) if re.search(pattern, parts(column)) else None


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
            is_other = name == "amount" and any(word in plain(column) for word in NOT_PAID)
            fits = bool(filled) and (not shape or _has(shape, filled, found.shapes[column]))
            if rank is not None and fits and not is_other and column not in taken:
                ranked.append((rank, column))
        if ranked:
            column = min(ranked, key=lambda one: one[0])[1]
            taken.add(column)
            yield name, (column, _reason(shape, is_named=True))


def _has(shape: str, filled: list[str], found: str) -> bool:
    if shape == "name":
        return found == "text" and len(set(filled)) <= _MOST_NAMES
    return found == shape or (shape == "number" and decimals_of(filled) is not None)


def _set_order_name(values: Values, found: Mapping) -> None:
    """Shops call an order by a name such as #1001."""
    if "amount" not in found.columns or "order_id" in found.columns:
        return
    for column, filled in values.items():
        if plain(column) == "name" and share(filled, _ORDER_NAME) >= 0.8:  # noqa: PLR2004
            found.columns["order_id"] = (column, "its values look like names of orders")


def _set_consent(values: Values, found: Mapping) -> None:
    used = {at for at, _ in (*found.columns.values(), *found.identifiers.values())}
    for purpose, words in CONSENT_WORDS.items():
        for column, filled in values.items():
            named = plain(column) in words or all(one in words for one in parts(column).split("_"))
            if column not in used and named and are_flags(filled):
                found.consent[purpose] = (column, "its name matches and its values say yes or no")
                break


def _reason(shape: str, *, is_named: bool) -> str:
    by_name = ["its name matches"] if is_named else []
    return " and ".join(by_name + ([f"its values look like {shape}s"] if shape else []))
