from datetime import date
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from cdp_spark.world import HazardRates, WorldSettings

CONF = Path(__file__).resolve().parents[2] / "conf" / "world.yaml"


def test_the_conf_names_every_knob_with_its_default() -> None:
    conf = yaml.safe_load(CONF.read_text())

    assert conf == {"world": WorldSettings().model_dump()}
    assert WorldSettings(**conf["world"]) == WorldSettings()


def test_every_knob_says_what_it_is() -> None:
    knobs = {**WorldSettings.model_fields, **HazardRates.model_fields}

    assert [name for name, knob in knobs.items() if not knob.description] == []


@pytest.mark.parametrize(
    "fault", [{"people": 0}, {"seed": "7"}, {"currency": "euro"}, {"persons": 5}, {"account": 1.5}]
)
def test_a_wrong_knob_is_refused(fault: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WorldSettings.model_validate(fault)


def test_a_frozen_world_does_not_change() -> None:
    settings = WorldSettings()

    with pytest.raises(ValidationError):
        settings.start_on = date(2024, 1, 1)
