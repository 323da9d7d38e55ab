"""Telephone numbers."""

from pyspark.sql import Column
from pyspark.sql import functions as F

_E164 = r"^\+[1-9][0-9]{7,14}$"  # ITU-T E.164: at most 15 digits
_ONE_DIGIT = r"^\+?[0-9]*?([0-9])\1{6,}$"


def normalised_phone(raw: Column, country_code: str) -> Column:
    """E.164, national numbers taken as of `country_code`; null if it can't be a number.

    Numbers that end in seven equal digits are placeholders, not numbers.
    """
    text = F.regexp_replace(F.trim(raw), r"[\s().\-/]", "")
    international = F.when(text.startswith("00"), F.concat(F.lit("+"), F.substr(text, F.lit(3))))
    international = international.when(text.startswith("+"), text)
    trunk = F.when(
        text.startswith("0"), F.concat(F.lit(f"+{country_code}"), F.substr(text, F.lit(2)))
    )
    has_code = text.startswith(country_code) & (F.length(text) > 10)  # noqa: PLR2004 - longer than national
    national = F.when(has_code, F.concat(F.lit("+"), text))
    national = national.otherwise(F.concat(F.lit(f"+{country_code}"), text))
    number = F.coalesce(international, trunk, national)
    return F.when(number.rlike(_E164) & ~number.rlike(_ONE_DIGIT), number)
