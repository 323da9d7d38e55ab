"""What a sample leaves open: the event, its time and key, the country, the currency and the zone.

Each of these is a question. Where nobody answers, its default is assumed and named as unsure.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from babel.numbers import get_currency_precision

from cdp_spark.sources.columns import folded
from cdp_spark.sources.inference.questions import NOBODY, Given, Mapping, Question, Values
from cdp_spark.sources.inference.shapes import (
    MOST,
    Times,
    are_epochs,
    decimals_of,
    evenly,
    phone_countries,
    share,
    times_of,
)
from cdp_spark.sources.inference.words import COUNTRY_OF_WORDS, STATUS_WORDS
from cdp_spark.values.country import zone_of

ORDER = "Order Completed"
_MOST_STATES = 20  # of orders: a column of more values is a text
_ANSWERED = "as answered"
_ENGLISH = ("US", "GB")  # likely where no name of a column is in another language
# Numbers of rows and lines start again in the next file.
_EVENT_ID = re.compile(
    r"(^|event|message|record|transaction)_?(id|uuid|guid|no|number)$|(row|line)_?(id|uuid|guid)$"
)
_A_KEY = re.compile(r"(^|_)(id|no|nr|num|number|ref|reference|key|code|uuid)$")
_NO_KEY = re.compile(
    r"(^|_)(row|line|house|street|postal|post|zip|phone|fax|area|country|currency)_"
)
_WITH_CURRENCY = re.compile(r".*([A-Za-z]|[^\W\d_]|[$€£¥₺₹₽₩₪₫₴])")
_NEARLY = 0.95  # a column with another value in so many rows may be their key
_FEW = 20  # rows in which a column may have different values by accident
_DIGITS = 3  # decimals of currencies such as KWD


def plain(column: str) -> str:
    """A column's name as the lists of words have it."""
    return re.sub(r"[\W_]+", "", folded(column))


def parts(column: str) -> str:
    """A column's name with _ between its words: customerId becomes customer_id."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column)
    return re.sub(r"[\W_]+", "_", "_".join(map(folded, re.split(r"[\s_.\-]+", spaced))))


def assume(values: Values, found: Mapping, name: str, given: Given) -> None:
    """Complete a mapping, whose columns are recognised, by what is asked or assumed."""
    _set_event(found, name, given)
    _note_status(values, found)
    _set_event_time(values, found, given)
    _set_event_id(values, found, given)
    likely = _likely_countries(values)
    if given.country:
        likely = [given.country, *[one for one in likely if one != given.country]]
    _set_country(values, found, likely, given)
    _set_numbers(values, found, given)
    _set_times(values, found, likely, given)


def _set_event(found: Mapping, name: str, given: Given) -> None:
    title = name.replace("_", " ").title()
    if "event" in found.columns:
        found.event = (title, "of rows whose column names none")
        return
    if {"order_id", "amount"} <= set(found.columns):
        found.event = (ORDER, "rows have an order and an amount; see conf/gold.yaml")
        return
    found.event = (title, "name of the event a row becomes")
    if given.ask:
        text = "Name of the event that a row becomes"
        asked = Question("event", "named after the source", text, title, kind="name")
        found.event = (given.ask(asked), _ANSWERED)


def _note_status(values: Values, found: Mapping) -> None:
    """Note a column that may say which orders were cancelled: they would count as revenue."""
    if "amount" not in found.columns or "event" in found.columns:
        return
    used = {at for at, _ in (*found.columns.values(), *found.identifiers.values())}
    for column, filled in values.items():
        is_status = any(plain(column).endswith(word) for word in STATUS_WORDS)
        if column not in used and is_status and 1 < len({*filled}) <= _MOST_STATES:
            found.unsure.append(
                f"event: {column} may say which orders were paid or cancelled; every row counts as"
                f" {found.event[0]}: map it by columns.event and events"
            )


def _set_event_time(values: Values, found: Mapping, given: Given) -> None:
    if "event_at" in found.columns:
        return
    used = {at for at, _ in (*found.columns.values(), *found.identifiers.values())}
    instants = [
        one for one, shape in found.shapes.items() if shape == "instant" and one not in used
    ]
    # Ten digits that begin with 1 may be a number of anything.
    if len(instants) == 1 and not are_epochs(values[instants[0]]):
        found.columns["event_at"] = (instants[0], "the only column of times")
        return
    are = "are times" if len(instants) > 1 else "may be one"
    several = f": {', '.join(instants)} {are}" if instants else ""
    why = f"no column is the time of the event{several}; the time of delivery is used"
    text = "Column with the time of the event (none: the time of delivery)"
    question = Question("event_at", why, text, choices=tuple(instants))
    # Without a column of times there is nothing to choose from.
    if answer := found.answer(question, given if instants else NOBODY):
        found.columns["event_at"] = (answer, _ANSWERED)


def _set_event_id(values: Values, found: Mapping, given: Given) -> None:
    """The column with another value in each row: named so, the order's, or another number.

    A number that is neither is no key of a few rows: its values may differ by accident.
    """
    count = max(map(len, values.values()), default=0)
    people = {at for at, _ in found.identifiers.values()}
    others = {column: filled for column, filled in values.items() if column not in people}
    distinct = {column: len(set(filled)) for column, filled in others.items()}
    order = found.columns.get("order_id", ("", ""))[0]
    # A column that is named so may be empty here and there: such rows are dirt.
    least = max(min(_NEARLY * count, count - 1), 1)
    named = [
        column
        for column, filled in others.items()
        if _EVENT_ID.search(parts(column)) and least <= len(filled) == distinct[column]
    ]
    keys = [column for column, filled in others.items() if len(filled) == count == distinct[column]]
    numbers = [
        column
        for column in keys
        if _A_KEY.search(parts(column)) and not _NO_KEY.search(parts(column)) and count >= _FEW
    ]
    candidates = [*named, *[one for one in keys if one == order], *numbers]
    chosen = next((column for column in candidates if others[column]), None)
    if chosen:
        is_named = chosen in named
        why = "its name matches, each value once" if is_named else "each row has another value"
        found.columns = {"event_id": (chosen, why)} | found.columns
        return
    nearly = tuple(column for column in others if distinct[column] >= max(_NEARLY * count, 1))
    why = "derived from each row, so that equal rows are one event"
    text = "Column that identifies a row (none: equal rows are one event)"
    question = Question("event_id", why, text, choices=nearly)
    if answer := found.answer(question, given if nearly else NOBODY):
        found.columns = {"event_id": (answer, _ANSWERED)} | found.columns


def _likely_countries(values: Values) -> list[str]:
    """Countries of the language of the column names; two names at least."""
    names = [plain(column) for column in values]
    hits = {
        country: sum(any(word in name for word in words) for name in names)
        for country, words in COUNTRY_OF_WORDS.items()
    }
    return sorted((one for one, count in hits.items() if count > 1), key=lambda one: -hits[one])


def _set_country(values: Values, found: Mapping, likely: Sequence[str], given: Given) -> None:
    if "phone" not in found.identifiers:
        return
    numbers = values[found.identifiers["phone"][0]]
    countries = phone_countries(numbers, likely or _ENGLISH)
    if not countries:
        return
    first, *others = countries
    answer, why = None, "national numbers are valid there; check it"
    is_likely = first in likely
    if first == given.country:
        why = "the project's, and national numbers are valid there"
    elif others:
        some = ", ".join(others[:5])
        doubt = f"national numbers are valid in {first}, and in {some}"
        text = f"Country of the phone numbers without a calling code ({doubt})"
        usual = first if is_likely else ""
        question = Question("country", doubt, text, usual, kind="country")
        answer = found.answer(question, given)
    if answer is not None:
        first, why = answer, _ANSWERED
    is_guess = answer is None and others and not is_likely
    if first and not is_guess:
        found.country = (first, why)


def _set_numbers(values: Values, found: Mapping, given: Given) -> None:
    numbers = [found.columns[one][0] for one in ("amount", "price") if one in found.columns]
    _set_decimal([one for column in numbers for one in evenly(values[column])], found, given)
    if "amount" not in found.columns or "currency" in found.columns:
        return
    if share(values[found.columns["amount"][0]], _WITH_CURRENCY) >= MOST:
        return  # each amount names its own
    why, text = "no column names it; amounts are in project.currency", "Currency of the amounts"
    question = Question("currency", why, text, given.currency, kind="currency")
    if answer := found.answer(question, given):
        found.currency = (answer, _ANSWERED)


def _set_decimal(numbers: list[str], found: Mapping, given: Given) -> None:
    decimals = decimals_of(numbers)
    if decimals is None:
        return
    if decimals.is_sure:
        if decimals.sign == ",":
            found.reading["decimal"] = (",", "amounts have a decimal comma")
        elif decimals.is_grouped:
            found.reading["decimal"] = (".", "amounts have commas between thousands")
        return
    other = "." if decimals.sign == "," else ","
    is_fine = given.currency and get_currency_precision(given.currency) == _DIGITS
    usual = other if is_fine else decimals.sign
    name = "point" if other == "." else "comma"
    why = f"the only {name} of an amount, before three digits, may separate decimals or thousands"
    question = Question("reading.decimal", why, f"Decimal sign ({why})", usual, (",", "."))
    answer = found.answer(question, given)
    found.reading["decimal"] = (answer or usual, _ANSWERED if answer else "a guess: check it")


def _set_times(values: Values, found: Mapping, likely: Sequence[str], given: Given) -> None:
    country = found.country[0] if found.country else next(iter(likely), "")
    named = [found.columns[one][0] for one in ("event_at", "received_at", "birth_on")
             if one in found.columns]  # fmt: skip
    times = {
        column: one
        for column in named
        if (one := times_of(values[column], is_month_first=country == "US"))
    }
    for column, one in times.items():
        if not one.is_sure:
            times[column] = _sure(column, one, found, given)
    patterns = tuple(dict.fromkeys(one.pattern for one in times.values() if one.pattern))
    if patterns:
        found.reading["times"] = (patterns, "how its times are written")
    event_at = times.get(found.columns.get("event_at", ("", ""))[0], Times())
    if not event_at.has_zone:
        _set_zone(found, country, given)


def _sure(column: str, times: Times, found: Mapping, given: Given) -> Times:
    swapped = times.pattern.translate(str.maketrans("dM", "Md"))
    why = f"day and month of {column} may be the other way round"
    question = Question(
        "reading.times", why, f"How {column} is written", times.pattern, (times.pattern, swapped)
    )
    answer = found.answer(question, given)
    return replace(times, pattern=answer or times.pattern)


def _set_zone(found: Mapping, country: str, given: Given) -> None:
    local = zone_of(country)
    usual = local or given.zone
    owner = country if local else "the project"
    reason = f"times have none; that of {owner}: check it"
    is_given = country == given.country or found.country == (country, _ANSWERED)
    if usual and (given.zone == usual or (is_given and not given.zone)):
        found.reading["zone"] = (usual, reason)
        return
    why = "times have none and are taken as UTC; set the zone"
    if usual:
        doubt = f"the project's is {given.zone}" if given.zone else "the country is a guess"
        why = f"times have none; {usual} is that of {country}, and {doubt}"
    question = Question("reading.zone", why, f"Time zone ({why})", usual or "UTC", kind="zone")
    answer = found.answer(question, given)
    if zone := usual if answer is None else answer:
        found.reading["zone"] = (zone, reason if answer is None else _ANSWERED)
