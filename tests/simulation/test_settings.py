from datetime import date
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from cdp_spark.simulation import HazardRates, WorldSettings

CONF = Path(__file__).resolve().parents[2] / "conf" / "world.yaml"


def test_conf_has_every_setting_with_its_default() -> None:
    conf = yaml.safe_load(CONF.read_text())

    assert conf == {"world": WorldSettings().model_dump()}
    assert WorldSettings(**conf["world"]) == WorldSettings()


def test_every_setting_has_a_description() -> None:
    fields = {**WorldSettings.model_fields, **HazardRates.model_fields}

    assert [name for name, field in fields.items() if not field.description] == []


@pytest.mark.parametrize(
    "fault", [{"people": 0}, {"seed": "7"}, {"currency": "euro"}, {"persons": 5}, {"account": 1.5}]
)
def test_a_wrong_setting_is_rejected(fault: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WorldSettings.model_validate(fault)


def test_a_frozen_world_does_not_change() -> None:
    settings = WorldSettings()

    with pytest.raises(ValidationError):
        settings.start_on = date(2024, 1, 1)
