from typing import Any

import pytest
from pydantic import ValidationError

from cdp_spark.gold.settings import CurrencySettings, GoldSettings

_GOOD: dict[str, Any] = {
    "orders": {"whole": ["Order Completed"], "lines": [], "refunded": []},
    "survivorship": {"email": "most_recent"},
}


@pytest.mark.parametrize(
    "change",
    [
        {"session_gap_minutes": 0},
        {"session_gap_minutes": 30.5},
        {"survivorship": {"email": "newest"}},
        {"orders": {"whole": []}},
        {"gap": 1},
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    assert GoldSettings.model_validate(_GOOD, strict=False).session_gap_minutes == 30
    with pytest.raises(ValidationError):
        GoldSettings.model_validate(_GOOD | change, strict=False)


@pytest.mark.parametrize(
    "line", ["2026-11-31,USD,1", "2026-11-20,EURO,1", "2026-11-20,USD,0", "2026-11-20,USD", "a,b,c"]
)
def test_a_line_that_is_no_rate_is_named(line: str) -> None:
    with pytest.raises(ValidationError, match=r"line 2: expected DAY,CURRENCY,RATE"):
        CurrencySettings(rates=("2026-11-20,USD,0.91", line))


def test_two_rates_of_one_day_are_refused() -> None:
    with pytest.raises(ValidationError, match="one rate per day"):
        CurrencySettings(rates=("2026-11-20,USD,0.91", "2026-11-20,USD,0.92"))
