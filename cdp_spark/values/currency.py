"""Currencies by ISO 4217."""

from functools import cache

from babel import Locale
from babel.numbers import get_currency_precision
from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.values.text import stripped

# Signs and abbreviations that stand for one currency; $ and kr stand for several.
SIGNS = {"€": "EUR", "£": "GBP", "₺": "TRY", "TL": "TRY", "₹": "INR", "₽": "RUB", "₩": "KRW",
          "₪": "ILS", "₫": "VND", "₴": "UAH", "ZŁ": "PLN", "R$": "BRL", "US$": "USD"}  # fmt: skip
_NO_CURRENCY = ("XXX", "XTS")


@cache
def currency_codes() -> tuple[str, ...]:
    """The codes of ISO 4217, withdrawn ones included, sorted."""
    known = map(str, Locale("en").currencies)
    return tuple(sorted(code for code in known if code not in _NO_CURRENCY))


def currency_code(text: Column) -> Column:
    """The code of ISO 4217 in a text, upper case; null if it is none."""
    upper = F.upper(stripped(text))
    by_sign = F.element_at(
        F.create_map(*[F.lit(one) for pair in SIGNS.items() for one in pair]), upper
    )
    return F.when(upper.isin(*currency_codes()), upper).otherwise(by_sign)


def decimals_of(code: str) -> int:
    """The decimals of a currency's smallest unit: 2 for EUR, 0 for JPY, 3 for KWD."""
    return get_currency_precision(code)
