from collections.abc import Callable
from typing import Any

from pyspark.sql import Column

from cdp_spark.values.phone import normalised_phone


def _turkish(raw: Column) -> Column:
    return normalised_phone(raw, "90")


def test_one_number_has_one_spelling(tried: Callable[..., list[Any]]) -> None:
    spellings = ["+90 555 111 22 33", "0090-555-111-22-33", "0 (555) 111 22 33", "5551112233",
                 "905551112233", "90.555.111.22.33", " +90/555/1112233\t"]  # fmt: skip
    assert tried(_turkish, spellings) == ["+905551112233"] * len(spellings)
    assert tried(_turkish, ["+1 202 555 0123", "0044 20 7946 0958"]) == [
        "+12025550123",
        "+442079460958",
    ]


def test_what_can_be_no_number_is_null(tried: Callable[..., list[Any]]) -> None:
    junk = [None, "", "-", "call me", "+0 555 111 22 33", "12", "+123456", "+1234567890123456",
            "0000000000", "+905555555555", "555-0000000", "5551112233 x12",
            "++905551112233"]  # fmt: skip
    assert tried(_turkish, junk) == [None] * len(junk)
