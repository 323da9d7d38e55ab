"""What the values of a column are: numbers, times, telephone numbers, yes and no."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import phonenumbers

from cdp_spark.values.consent import DENIED, GRANTED

MOST = 0.8  # share of filled values that must have a shape: samples are dirty too
_LOOKED_AT = 5_000
_PHONES = 300

# A sign of a currency, or a word, may stand on both sides.
_NUMBER = (
    r"\D{{0,4}}\(?[+-]?([1-9]\d{{0,2}}([{0}'\s]\d{{3}})+|\d*)({1}(\d+|-))?\)?-?"
    r"([^\d.,]\D{{0,3}})?\.?$"
)
_WHOLE = re.compile(r"[+-]?\d+$")
_NUMBERS = {
    ".": re.compile(_NUMBER.format(",", r"\.")),
    ",": re.compile(_NUMBER.format(r"\.", ",")),
}
# Three digits behind the only sign: it may separate decimals or thousands.
_EITHER = re.compile(r"\D*[1-9]\d{0,2}([.,])\d{3}\D*$")
_EMAIL = re.compile(r"(mailto:)?[^@\s]+@[^@\s]+\.[^@\s]+$")
_ISO = re.compile(r"\d{4}-\d\d?-\d\d?([T ]\d\d?:\d\d.*)?$")
_ZONED = re.compile(r".*([zZ]|[+-]\d\d:?\d\d|:\d\d([.,]\d+)?(\s?[+-]\d\d|\s?(UTC|GMT)))$")
_EPOCH = re.compile(r"1\d{9}(\d{3}){0,3}$")
_DAY = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})"
    r"(?:[\s,T]+(\d{1,2}):(\d\d)(:\d\d)?(?:\s?([AaPp]\.? ?[Mm]\.?))?)?$"
)
_YEAR_FIRST = re.compile(r"\d{4}([./])\d{1,2}\1\d{1,2}( \d{1,2}:\d\d(:\d\d)?)?$")
_PHONE = re.compile(r"[+(]?[\d ()./+-]{7,24}$")


@dataclass(frozen=True)
class Times:
    """How the times of a column are written.

    `pattern` is empty for ISO 8601 and epochs. `has_zone`: they name their zone. `is_sure`: day and
    month can be distinguished.
    """

    pattern: str = ""
    has_zone: bool = True
    is_sure: bool = True


@dataclass(frozen=True)
class Decimals:
    """How the numbers of a column are written.

    `sign` is the decimal sign, empty if no number has one. Not `is_sure`: each number with a sign
    has three digits behind it, so that 1.299 may be one or a thousand; `sign` is then the likely
    one. `is_grouped`: some numbers have a comma that is no decimal sign, and no point.
    """

    sign: str = ""
    is_sure: bool = True
    is_grouped: bool = False


def evenly(values: Sequence[str]) -> list[str]:
    """Up to 5,000 of the values, from first to last."""
    step = max(-(-len(values) // _LOOKED_AT), 1)
    return [one.strip() for one in values[::step]]


def share(values: Sequence[str], pattern: re.Pattern[str]) -> float:
    """The share of values that a pattern fits."""
    seen = evenly(values)
    return sum(pattern.match(one) is not None for one in seen) / len(seen) if seen else 0.0


def are_emails(values: Sequence[str]) -> bool:
    """Whether the values are e-mail addresses."""
    return share(values, _EMAIL) >= MOST


def decimals_of(values: Sequence[str]) -> Decimals | None:
    """How the values are written as numbers; None if they are none.

    Values without a point or comma do not count: whole numbers fit every notation.
    """
    seen = evenly(values)
    digits = [one for one in seen if re.search(r"\d", one)]
    points, commas = (share(seen, _NUMBERS[sign]) for sign in ".,")
    if len(digits) < MOST * len(seen) or max(points, commas) < MOST:
        return None
    is_whole = share(seen, _WHOLE) >= MOST
    if not is_whole and any(_ISO.match(one) or _DAY.match(one) for one in digits[:50]):
        return None
    either = [found[1] for one in digits if (found := _EITHER.match(one))]
    only = Counter(sign for one in digits if (sign := _only_sign(one)))
    if either and not only:
        seen_sign = Counter(either).most_common(1)[0][0]
        return Decimals("." if seen_sign == "," else ",", is_sure=False, is_grouped="," in either)
    sign = max(".,", key=lambda one: only[one]) if only else ""
    return Decimals(sign, is_grouped=sign == "." and "," in either)


def _only_sign(text: str) -> str:
    """The decimal sign of a number that has a sign and fits one notation only; empty otherwise."""
    fits = [sign for sign, pattern in _NUMBERS.items() if pattern.match(text)]
    return fits[0] if len(fits) == 1 else ""


def times_of(values: Sequence[str], *, is_month_first: bool = False) -> Times | None:
    """How the values are written as times; None if they are none."""
    seen = evenly(values)
    if are_epochs(seen):
        return Times()
    if share(seen, _ISO) >= MOST:
        return Times(has_zone=share(seen, _ZONED) >= MOST)
    if share(seen, _YEAR_FIRST) >= MOST:
        sign = seen[0][4] if _YEAR_FIRST.match(seen[0]) else "/"
        return Times(f"yyyy{sign}M{sign}d[ H:mm[:ss]]", has_zone=False)
    found = [match for one in seen if (match := _DAY.match(one))]
    return _of_days(found, is_month_first) if len(found) >= MOST * max(len(seen), 1) else None


def _of_days(found: Sequence[re.Match[str]], is_month_first: bool) -> Times:  # noqa: FBT001
    sign = Counter(one[2] for one in found).most_common(1)[0][0]
    firsts, seconds = [int(one[1]) for one in found], [int(one[3]) for one in found]
    is_sure = max(firsts) > 12 or max(seconds) > 12  # noqa: PLR2004 - months
    month_first = max(seconds) > 12 if is_sure else is_month_first  # noqa: PLR2004
    year = "yyyy" if len(found[0][4]) > 2 else "yy"  # noqa: PLR2004 - digits
    day = f"M{sign}d{sign}{year}" if month_first else f"d{sign}M{sign}{year}"
    hour = "h:mm[:ss] a" if any(one[8] for one in found) else "H:mm[:ss]"
    return Times(f"{day}[ {hour}]", has_zone=False, is_sure=is_sure)


def are_epochs(values: Sequence[str]) -> bool:
    """Whether the values may be seconds or finer units since 1970; numbers of people may, too."""
    return share(values, _EPOCH) >= MOST


def are_phones(values: Sequence[str]) -> bool:
    """Whether the values may be telephone numbers by their signs."""
    return share(values, _PHONE) >= MOST and not share(values, _ISO) >= MOST


def phone_countries(values: Iterable[str], likely: Sequence[str] = ()) -> list[str]:
    """The countries in which most national numbers are valid; several if that is undecided.

    Empty if all numbers are international. Those in `likely` come first.
    """
    numbers = list(dict.fromkeys(values))[:_PHONES]
    national = [one for one in numbers if not one.strip().startswith(("+", "00"))]
    if not national:
        return []
    valid: dict[str, tuple[int, int]] = {}
    for country in phonenumbers.SUPPORTED_REGIONS:
        are_usual = [usual for one in national if (usual := _is_usual(one, country)) is not None]
        valid[country] = (len(are_usual), sum(are_usual))
    fit = [country for country, (count, _) in valid.items() if count >= MOST * len(national)]
    best = max((valid[one] for one in fit), default=(0, 0))
    known = [country for country in likely if country in fit]
    return known + sorted(one for one in fit if valid[one] == best and one not in known)


def _is_usual(text: str, country: str) -> bool | None:
    """Whether a number is written as in the country, with or without its 0; None if invalid."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number_for_region(number, country):
        return None
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return re.sub("[^0-9]", "", national) == re.sub("[^0-9]", "", text)


def are_flags(values: Sequence[str]) -> bool:
    """Whether the values say yes or no."""
    words = {one.lower() for one in evenly(values)}
    return bool(words) and words <= {*GRANTED, *DENIED}
