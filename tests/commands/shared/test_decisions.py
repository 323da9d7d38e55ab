from datetime import UTC, datetime

import pytest

from cdp_spark.commands.shared.decisions import end_of_day, steward_name
from cdp_spark.settings import SettingsInvalid


def test_a_decision_applies_to_the_end_of_its_last_day() -> None:
    assert end_of_day(None) is None
    assert end_of_day(datetime(2999, 12, 31)) == datetime(3000, 1, 1, tzinfo=UTC)  # noqa: DTZ001 - as typer parses a day
    with pytest.raises(SettingsInvalid, match="--until 2020-01-01: has passed; name a future day"):
        end_of_day(datetime(2020, 1, 1))  # noqa: DTZ001 - as typer parses a day


def test_the_steward_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDP_STEWARD", "maria")
    assert steward_name() == "maria"
