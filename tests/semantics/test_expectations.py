from typing import Any

import pytest
from pydantic import ValidationError

from cdp_spark.semantics.expectations import DeliveryExpectations


def test_a_source_has_only_the_expectations_that_are_set() -> None:
    assert DeliveryExpectations().actions == {}
    made = DeliveryExpectations.model_validate(
        {"freshness": {"hours": 26, "on_violation": "fail"}, "day": {"least": 1}}
    )
    assert made.actions == {"freshness": "fail", "day": "warn"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"freshness": {"hours": 0}}, "greater than 0"),
        ({"freshness": {"hours": 1, "on_violation": "drop"}}, "'warn' or 'fail'"),
        ({"batch": {"on_violation": "fail"}}, "expects nothing"),
        ({"day": {"least": 5, "most": 4}}, "least 5 is above most 4"),
        ({"week": {"least": 5}}, "not permitted"),
    ],
)
def test_an_invalid_expectation_is_rejected(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        DeliveryExpectations.model_validate(given)
