from collections.abc import Callable
from typing import Any

import pytest

from cdp_spark.values.placeholder import is_nothing, is_placeholder, without_nothing

_NOTHING = [
    "", "  ", "NaN", "nil", "(null)", "NULL", "\u00a0None\ufeff", "'null'", '"undefined"', "-1",
    "\\N", "#N/A", "#REF!", "n / a", "(not set)", "Not Set", "not_set", "unknown", "Unknown User",
    "-", "--", "0", "0.0", "000", "none.", "<null>", "null null", "undefined-undefined", "user_id",
    "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "{00000000-0000-0000-0000-000000000000}", "11111111-1111-1111-1111-111111111111", "bilinmiyor",
    "99999999", "xxx", "N.A.",
]  # fmt: skip
_TEMPLATES = [
    "${userId}", "{{user.id}}", "{{ customer.email }}", "%s", "%(user)s", "[object Object]",
    "*|EMAIL|*", "%%emailaddr%%", "<user_id>", "[USER_ID]", "{user_id}", "__USER__", "$user",
    "<%= id %>", "%7B%7Buser_id%7D%7D", "u-${id}",
]  # fmt: skip
_VALUES = [
    "1", "4711", "u1", "ann", "f1", "ff", "a", "10", "null1", "1000000", "test-1", "anna", "na1",
    "{550E8400-e29b-41d4-a716-446655440000}", "550e8400-e29b-41d4-a716-446655440000", "1111",
    "ada@posta.invalid", "+905001234504", "guest_1234", "default-user-77", "000123", "-15", "F",
    "nan@posta.invalid", "100%", "A-0",
]  # fmt: skip


@pytest.mark.parametrize("text", _NOTHING)
def test_words_that_mean_no_value_are_nothing(text: str) -> None:
    assert is_nothing(text)
    assert is_nothing(f" {text.upper()}\t") == is_nothing(f"\u200b{text.lower()}")
    assert is_placeholder(text)


@pytest.mark.parametrize("text", _TEMPLATES)
def test_a_template_without_its_value_is_a_placeholder(text: str) -> None:
    assert is_placeholder(text)
    assert not is_nothing(text)


@pytest.mark.parametrize("text", _VALUES)
def test_ids_of_people_are_no_placeholders(text: str) -> None:
    assert not is_placeholder(text)


def test_a_column_loses_words_for_nothing_and_keeps_other_texts(
    tried: Callable[..., list[Any]],
) -> None:
    nothing = ["null", " NULL ", "undefined", "", "0", "000", "-1", "-", "N/A", None]
    assert tried(without_nothing, nothing) == [None] * len(nothing)
    kept = ["O-1001", "10", "450789469", "nullable", "A0"]
    assert tried(without_nothing, kept) == kept
