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

_NUMBERS = {
    "": re.compile(r"[+-]?\d+$"),
    ".": re.compile(r"\D{0,4}\(?[+-]?(\d{1,3}([,'\s]\d{3})+|\d*)(\.\d+)?\)?-?\D{0,4}$"),
    ",": re.compile(r"\D{0,4}\(?[+-]?(\d{1,3}([.'\s]\d{3})+|\d*)(,(\d+|-))?\)?-?\D{0,4}$"),
}
_EMAIL = re.compile(r"(mailto:)?[^@\s]+@[^@\s]+\.[^@\s]+$")
_ISO = re.compile(r"\d{4}-\d\d?-\d\d?([T ]\d\d?:\d\d.*)?$")
_ZONED = re.compile(r".*([zZ]|[+-]\d\d:?\d\d)$")
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


def share(values: Sequence[str], pattern: re.Pattern[str]) -> float:
    """The share of values that a pattern fits."""
    seen = values[:_LOOKED_AT]
    return sum(pattern.match(one.strip()) is not None for one in seen) / len(seen) if seen else 0.0


def are_emails(values: Sequence[str]) -> bool:
    """Whether the values are e-mail addresses."""
    return share(values, _EMAIL) >= MOST


def decimal_of(values: Sequence[str]) -> str | None:
    """The decimal sign of numbers, empty if none has one; None if the values are no numbers."""
    if share(values, _NUMBERS[""]) >= MOST:
        return ""
    digits = [one for one in values if re.search(r"\d", one)]
    if len(digits) < MOST * len(values):
        return None
    points, commas = share(values, _NUMBERS["."]), share(values, _NUMBERS[","])
    if max(points, commas) < MOST or any(_ISO.match(one) or _DAY.match(one) for one in digits[:50]):
        return None
    return "." if points >= commas else ","


def times_of(values: Sequence[str], *, is_month_first: bool = False) -> Times | None:
    """How the values are written as times; None if they are none."""
    seen = [one.strip() for one in values[:_LOOKED_AT]]
    if share(seen, _EPOCH) >= MOST:
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
    words = {one.strip().lower() for one in values[:_LOOKED_AT]}
    return bool(words) and words <= {*GRANTED, *DENIED}
