"""Settings of tracking."""

import pytest
from pydantic import ValidationError

from cdp_spark.tracking.settings import TrackingSettings


def test_without_settings_runs_stand_beside_the_tables() -> None:
    assert TrackingSettings().uri is None


def test_a_name_for_the_models_is_needed() -> None:
    with pytest.raises(ValidationError, match="prefix"):
        TrackingSettings(prefix="")
