"""Telephone numbers."""

from pyspark.sql import Column
from pyspark.sql import functions as F

# ITU-T E.164: at most 15 digits; seven equal digits at the end are a placeholder.
_NUMBER = r"^(?!\+[0-9]*?([0-9])\1{6,}$)\+[1-9][0-9]{7,14}$"


def normalised_phone(raw: Column, country_code: str) -> Column:
    """The number in E.164, national numbers with `country_code`; null if it is not a number.

    Numbers that end in seven equal digits are placeholders, not numbers.
    """
    # Each step uses the one before once: otherwise the expression grows too large for Spark to
    # compile.
    digits = F.regexp_replace(F.trim(raw), r"[\s().\-/]", "")
    international = F.regexp_replace(digits, r"^00", "+")
    trunk = F.regexp_replace(international, r"^0", f"+{country_code}")
    coded = F.regexp_replace(trunk, rf"^(?={country_code}[0-9]{{9,}})", "+")
    number = F.regexp_replace(coded, r"^(?=[0-9])", f"+{country_code}")
    return F.nullif(F.regexp_extract(number, _NUMBER, 0), F.lit(""))
