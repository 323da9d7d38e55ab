from pathlib import Path

import pytest

from cdp_spark.commands.sources import known_sources
from cdp_spark.settings import SettingsInvalid, load


def test_a_source_must_be_one_of_the_settings() -> None:
    settings = load(Path(__file__).parents[2] / "conf")
    assert known_sources(settings) == ["web"]
    assert known_sources(settings, "web") == ["web"]
    with pytest.raises(SettingsInvalid, match="--source shop: no such source; sources are web"):
        known_sources(settings, "shop")
