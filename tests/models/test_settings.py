"""Settings of models."""

import json

import pytest
from pydantic import ValidationError

from cdp_spark.models.settings import ModelsSettings


def test_an_unknown_model_is_rejected_with_the_known_ones() -> None:
    given = {"specs": {"luck": {"label": "luck_7d", "horizon_days": 7}}}
    with pytest.raises(ValidationError, match=r"no such model .*luck.*churn"):
        ModelsSettings.model_validate_json(json.dumps(given))
