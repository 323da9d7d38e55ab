from collections.abc import Callable
from typing import Any

from cdp_spark.values.currency import currency_code, currency_codes, decimals_of


def test_codes_of_iso_4217_are_read_in_any_case_and_single_signs(
    tried: Callable[..., list[Any]],
) -> None:
    texts = ["EUR", " try ", "€", "tl", "US$", "$", "XXX", "EURO", "nur@posta.invalid", "", None]
    assert tried(currency_code, texts) == ["EUR", "TRY", "EUR", "TRY", "USD", *[None] * 6]


def test_currencies_have_their_decimals() -> None:
    assert [decimals_of(code) for code in ("EUR", "JPY", "KWD")] == [2, 0, 3]
    assert {"TRY", "USD", "UGX"} <= set(currency_codes())
