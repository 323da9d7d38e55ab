from decimal import Decimal

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.values.number import currency_in, number_of

# Text → the amount with a point by default, with a decimal comma, with a declared point.
_CASES = {
    "12.5": ("12.50", None, "12.50"),
    "1.299,90": (None, "1299.90", None),
    "49,90": (None, "49.90", None),
    "1 234,50": (None, "1234.50", None),
    "1\u202f234,50": (None, "1234.50", None),
    "1'234.50": ("1234.50", None, "1234.50"),
    "1,299.90": ("1299.90", None, "1299.90"),
    "1,299": (None, "1.30", "1299.00"),
    "1.299": ("1.30", "1299.00", "1.30"),
    "1,234,567": ("1234567.00", None, "1234567.00"),
    "12.345.678,90": (None, "12345678.90", None),
    "(12.00)": ("-12.00", None, "-12.00"),
    "7-": ("-7.00", "-7.00", "-7.00"),
    "\u22127.5": ("-7.50", None, "-7.50"),
    "1.234,50 TL": (None, "1234.50", None),
    "EUR 12,-": (None, "12.00", None),
    "-€3.50": ("-3.50", None, "-3.50"),
    "٤٩٫٥": ("49.50", "49.50", "49.50"),
    ",5": ("0.50", "0.50", None),
    "-,5": ("-0.50", "-0.50", None),
    ".5 EUR": ("0.50", None, "0.50"),
    "€ .05": ("0.05", None, "0.05"),
    "1\u202f234,50\u202f€": (None, "1234.50", None),
    ".": (None, None, None),
    ",": (None, None, None),
    ",5,5": (None, None, None),
    "1M-10M": (None, None, None),
    "5k": (None, None, None),
    "3 Mio": (None, None, None),
    "1.2.3": (None, None, None),
    "50%": (None, None, None),
    "INV123": (None, None, None),
    "MAX 5": (None, None, None),
    "5 pcs": (None, None, None),
    "(5": (None, None, None),
    "5)": (None, None, None),
    "-5-": (None, None, None),
    "(-5)": (None, None, None),
    "- -5": (None, None, None),
    "1 2": (None, None, None),
    "": (None, None, None),
}


def test_amounts_are_read_in_every_usual_notation(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(text,) for text in _CASES], "text string")
    kinds = [number_of(F.col("text"), "decimal(18,2)", sign) for sign in ("", ",", ".")]
    found = rows.select("text", F.array(*kinds).alias("found")).collect()
    expected = {text: [one and Decimal(one) for one in amounts] for text, amounts in _CASES.items()}
    assert {row["text"]: row["found"] for row in found} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1 234,50", "1234.50"), ("1\u202f234,50\u00a0€", "1234.50"), ("1'234,50", "1234.50"),
     ("1.234,50", "1234.50"), ("1,234.50", None), ("1 23,5", None)],
)  # fmt: skip
def test_blanks_separate_thousands_beside_the_sign_that_is_set(
    spark: SparkSession, text: str, expected: str | None
) -> None:
    rows = spark.createDataFrame([(text,)], "text string")
    found = rows.select(number_of(F.col("text"), "decimal(18,2)", ",", ".").cast("string"))
    assert found.collect()[0][0] == expected


@pytest.mark.parametrize(
    ("text", "sign"),
    [("€5", "€"), ("1.234,50 TL", "TL"), ("TRY 5", "TRY"), ("5 kr", "kr"), ("-€3", "€"),
     ("(5 usd)", "usd"), ("5", None), ("abc", None)],
)  # fmt: skip
def test_a_currency_beside_the_number_is_found(
    spark: SparkSession, text: str, sign: str | None
) -> None:
    rows = spark.createDataFrame([(text,)], "text string")
    assert rows.select(currency_in(F.col("text"))).collect()[0][0] == sign
