from typing import Any

import pytest
from pydantic import ValidationError

from cdp_spark.gold.settings import GoldSettings

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
