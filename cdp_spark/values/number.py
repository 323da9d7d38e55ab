"""Numbers and amounts as people and exports write them: 1.299,90 · 1 234,50 · (12.00) · €5."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.values.currency import SIGNS, currency_codes

_BLANK = r"[\s\u00a0\u2007\u2009\u202f]*"
_BLANKS = r"[\s\u00a0\u2007\u2009\u202f]"
_APOSTROPHES = "'\u2019"
_MINUS = "\\-\u2212"
# Letters beside a number may be a factor (10M, 5k), a unit, or make it an id (INV123), so of other
# letters only the codes of ISO 4217 are accepted.
_WORDS = "|".join([*(sign.replace("$", r"\$") for sign in SIGNS), "kr", "lei", "ft", "kč", "lv"])
_CURRENCY = rf"(?:(?i:{_WORDS}|{'|'.join(currency_codes())}|\p{{Sc}})\.?)"
_DIGITS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"
_PLAIN_DIGITS = "01234567890123456789"
_ARABIC_DECIMAL = "\u066b"
_LEADING_COMMA = r"^([^0-9.,]*),([0-9]+[^0-9.,]*)$"


def number_of(text: Column, kind: str, decimal: str = "", thousands: str = "") -> Column:
    """The number in a text as the type `kind`; null if it is none, or could be two.

    `decimal` is the decimal sign of the text: a point or a comma. If it is empty, the sign is a
    point, and a comma separates thousands only where nothing else is possible: 1,299.90 is a
    number, 1,299 and 49,90 are not. A number may begin with its decimal sign: .5 and ,5 are 0.5.
    `thousands` is the sign between thousands; if it is empty, any usual one. Signs and codes of
    currencies may stand beside the number; a minus behind it, or parentheses around it, make it
    negative.
    """
    plain = text.try_cast(kind)
    western = F.translate(text, _DIGITS + _ARABIC_DECIMAL, _PLAIN_DIGITS + (decimal or "."))
    if not decimal:
        western = F.regexp_replace(western, _LEADING_COMMA, "$1.$2")
    pattern = _pattern(decimal, thousands)
    whole = F.regexp_replace(F.regexp_extract(western, pattern, 2), "[^0-9]", "")
    fraction = F.regexp_extract(western, pattern, 3)
    is_negative = western.rlike(
        rf"^{_BLANK}\(|[{_MINUS}]{_BLANK}[^{_MINUS}]*[0-9]|[0-9)].*[{_MINUS}]"
    )
    sign = F.when(is_negative & ~western.rlike(rf"[.,][{_MINUS}]"), "-").otherwise("")
    digits = F.concat(sign, F.lit("0"), whole, F.lit("."), fraction, F.lit("0"))
    signs = F.regexp_replace(F.regexp_replace(western, r"[.,][-–—]", ""), rf"[^()+{_MINUS}]", "")
    is_once = signs.isin("", "+", "-", "\u2212", "()")
    written = F.when(((whole != "") | (fraction != "")) & is_once, digits.try_cast(kind))
    # A number without thousands and with a point needs no pattern: nearly all are like that.
    return written if decimal == "," else F.coalesce(plain, written)


def currency_in(text: Column) -> Column:
    """The sign or code of a currency beside a number; null if there is none."""
    found = F.regexp_extract(
        text, rf"^[^0-9\p{{L}}\p{{Sc}}]*({_CURRENCY}){_BLANK}[0-9{_MINUS}.,]", 1
    )
    behind = F.regexp_extract(text, rf"[0-9]{_BLANK}({_CURRENCY}){_BLANK}[{_MINUS})]*{_BLANK}$", 1)
    return F.coalesce(F.nullif(found, F.lit("")), F.nullif(behind, F.lit("")))


def _pattern(decimal: str, thousands: str) -> str:
    """A pattern of the whole text; its groups are the sign, the whole number and the fraction."""
    point = "," if decimal == "," else r"\."
    beside = rf"(?:{_CURRENCY}{_BLANK})?"
    number = rf"({_whole(decimal, thousands)})(?:{point}(?:([0-9]+)|[-–—]{{1,2}}))?"
    before = rf"^{_BLANK}(\(?[+{_MINUS}]?){_BLANK}{beside}[+{_MINUS}]?{_BLANK}"
    return rf"{before}{number}{_BLANK}{_CURRENCY}?{_BLANK}[{_MINUS}]?\)?{_BLANK}$"


def _whole(decimal: str, thousands: str) -> str:
    any_sign = rf"[{_APOSTROPHES}]|{_BLANKS}"
    if thousands:
        # Blanks and apostrophes can be nothing else, whatever separates thousands elsewhere.
        groups = [any_sign] if thousands in _APOSTROPHES else [_sign(thousands), any_sign]
    elif decimal:
        groups = [r"\." if decimal == "," else ",", any_sign]
    else:
        groups = [any_sign]
    grouped = [rf"[0-9]{{1,3}}(?:(?:{one})[0-9]{{3}})+" for one in groups]
    if not (decimal or thousands):
        grouped += [
            r"[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}(?=\.[0-9])",
            r"[0-9]{1,3}(?:,[0-9]{3}){2,}",
        ]
    point = "," if decimal == "," else r"\."
    return "|".join([*grouped, "[0-9]+", rf"(?={point}[0-9])"])


def _sign(thousands: str) -> str:
    return _BLANKS if thousands.isspace() else rf"\{thousands}"
