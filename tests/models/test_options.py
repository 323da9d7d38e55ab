"""Options of one model."""

from datetime import date

import pytest
from pydantic import ValidationError

from cdp_spark.models.options import ModelSettings

JUNE, JULY = date(2017, 6, 19), date(2017, 7, 17)


def _churn(**given: object) -> ModelSettings:
    return ModelSettings.model_validate({"label": "churn_28d", "horizon_days": 28} | given)


def test_days_that_teach_before_the_test_are_taken() -> None:
    assert _churn(train_on=(JUNE,), test_on=(JULY,)).train_on == (JUNE,)


def test_an_outcome_known_only_after_the_test_began_is_refused() -> None:
    with pytest.raises(ValidationError, match="drop days later than 2017-06-18"):
        _churn(train_on=(JUNE,), test_on=(date(2017, 7, 16),))


def test_days_to_learn_from_without_days_to_test_are_refused() -> None:
    with pytest.raises(ValidationError, match="both train_on and test_on"):
        _churn(train_on=(JUNE,))


def test_a_horizon_that_is_not_the_label_s_is_refused() -> None:
    with pytest.raises(ValidationError, match="expected an ending _14d"):
        _churn(horizon_days=14)
