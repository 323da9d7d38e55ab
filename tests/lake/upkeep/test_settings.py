from typing import Any

import pytest
from pydantic import ValidationError

from cdp_spark.lake.upkeep.settings import MaintenanceSettings


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"retention_hours": 23}, "set allow_short_retention"),
        ({"retention_hours": 169}, "less than or equal to 168"),
        ({"retention_hours": 0.5}, "valid integer"),
        ({"compact_above_files": 1}, "greater than or equal to 2"),
        ({"small_file_bytes": 65 << 20}, "small_file_bytes <= file_bytes"),
        ({"cluster_above_bytes": 1 << 20}, "file_bytes <= cluster_above_bytes"),
        ({"vacuum": True}, "Extra inputs"),
    ],
)
def test_settings_that_do_not_fit_are_rejected(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        MaintenanceSettings.model_validate(change)


def test_a_short_retention_needs_a_setting_of_its_own() -> None:
    assert MaintenanceSettings().retention_hours == 168
    short = MaintenanceSettings(retention_hours=0, allow_short_retention=True)
    assert short.retention_hours == 0
