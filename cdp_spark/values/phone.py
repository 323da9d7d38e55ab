"""Telephone numbers."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from cdp_spark.values.text import is_unseen

_SCHEME = re.compile(r"^[^\W\d_][\w .-]*:\s*", re.IGNORECASE)
_QUOTES = "'\"`´‘’‚‛“”„‹›«»="
# A number as a spreadsheet exports it.
_DECIMAL = re.compile(r"^(\+?\d{5,})[.,]0*$")
_EXTENSION = re.compile(
    r"(?:\s*[,;]?\s*(?:extension|extn?|x|dahili|durchwahl|poste|anexo|int|доб)[.:=\s]*|\s*#\s*)"
    r"\d{1,7}\s*$",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"\s*\([^\d()]*\)\s*$")
_PLUS_INSIDE = re.compile(r"^\(\s*\+")
_PARAMETERS = re.compile(r";[a-z-]+=.*$", re.IGNORECASE)
# A word between digits is no spelling of a number.
_SIGNS = re.compile(r"^[+＋]?[\d\s().\-‐-―/_~*·•]+$")
_OTHER_NUMBER = re.compile(r"[/,;|]")
_NOT_DIGITS = re.compile(r"\D")
# Seven equal digits at the end, or the row of the keys.
_PLACEHOLDER = re.compile(r"(\d)\1{6,}$|^(?:0?123456789\d?|0?987654321\d?|1234567)$")
# No national number has so many digits: one with a valid calling code needs no plus.
_INTERNATIONAL = 12
_LEAST = 7
# National numbers of fewer digits must be of a range that is in use: others are parts of numbers.
_FULL = 9


@lru_cache(maxsize=1 << 16)
def phone_of(raw: str, countries: tuple[str, ...] = ()) -> str | None:
    """The number in E.164; None if it can't be a number.

    A national number is one of the first country in which it is possible.
    """
    text = _cleaned(raw)
    found = _number(text, countries) if _SIGNS.match(text) else None
    if _OTHER_NUMBER.search(text) and not (found and phonenumbers.is_valid_number(found)):
        first = _OTHER_NUMBER.split(text)[0].strip()
        found = (_number(first, countries) if _SIGNS.match(first) else None) or found
    if found is None or _PLACEHOLDER.search(_significant(found)):
        return None
    number: str = phonenumbers.format_number(found, PhoneNumberFormat.E164)
    # Where a number still begins with the prefix of national calls, one spelling is the shortest.
    again = _possible(number, None)
    return number if again == found else phone_of(number)


def is_placeholder_number(raw: str) -> bool:
    """Whether a text has the digits of no number: all equal, or in the order of the keys."""
    digits = _NOT_DIGITS.sub("", _cleaned(raw))
    return _PLACEHOLDER.search(digits) is not None


def is_national(raw: str) -> bool:
    """Whether a text looks like a number that needs a country to be understood."""
    text = _cleaned(raw)
    digits = _NOT_DIGITS.sub("", text)
    return bool(_SIGNS.match(text)) and not text.startswith(("+", "00")) and len(digits) >= _LEAST


@lru_cache(maxsize=1 << 10)
def has_calling_code(country: str) -> bool:
    """Whether a country has telephone numbers."""
    return country in phonenumbers.SUPPORTED_REGIONS


def _cleaned(raw: str) -> str:
    """The number without scheme, quotes, extension, unseen signs and a spreadsheet's decimals."""
    text = unicodedata.normalize("NFKC", raw)
    text = "".join(" " if sign.isspace() else sign for sign in text
                   if sign.isspace() or not is_unseen(sign))  # fmt: skip
    text = text.strip().strip(_QUOTES).strip()
    text = _PARAMETERS.sub("", _SCHEME.sub("", text)).strip(_QUOTES).strip()
    if decimal := _DECIMAL.match(text):
        return decimal[1]
    text = _PLUS_INSIDE.sub("+(", _EXTENSION.sub("", _COMMENT.sub("", text)))
    return text.strip().rstrip(".")


def _number(text: str, countries: Sequence[str]) -> PhoneNumber | None:
    if text.startswith(("+", "＋")):
        return _possible(text, None)
    for country in countries:
        found = _possible(text, country)
        if found and (phonenumbers.is_valid_number(found) or len(_significant(found)) >= _FULL):
            return found
    digits = _digits(text)
    if digits.startswith("00"):
        return _possible(f"+{digits[2:]}", None)
    if not countries and len(digits) < _INTERNATIONAL:
        return None
    found = _possible(f"+{digits}", None)
    return found if found and phonenumbers.is_valid_number(found) else None


def _significant(number: PhoneNumber) -> str:
    digits: str = phonenumbers.national_significant_number(number)
    return digits


def _digits(text: str) -> str:
    plain = _NOT_DIGITS.sub("", text)
    return "".join(str(unicodedata.digit(sign)) for sign in plain)


def _possible(text: str, country: str | None) -> PhoneNumber | None:
    try:
        found = phonenumbers.parse(text, country)
    except NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(found)
    return found if reason == ValidationResult.IS_POSSIBLE else None
