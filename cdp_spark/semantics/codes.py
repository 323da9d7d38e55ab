"""Codes of countries and currencies in settings; empty where none is set."""

from typing import Annotated

from pydantic import AfterValidator

from cdp_spark.values.currency import currency_codes
from cdp_spark.values.phone import has_calling_code


def _country(code: str) -> str:
    if code and not has_calling_code(code):
        raise ValueError(f"expected a code of ISO 3166 such as DE, found {code!r}")
    return code


def _currency(code: str) -> str:
    if code and code not in currency_codes():
        raise ValueError(f"expected a code of ISO 4217 such as EUR, found {code!r}")
    return code


CountryCode = Annotated[str, AfterValidator(_country)]
CurrencyCode = Annotated[str, AfterValidator(_currency)]
