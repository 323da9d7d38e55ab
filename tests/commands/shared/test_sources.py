from pathlib import Path

import pytest

from cdp_spark.commands.shared.project import settings_of
from cdp_spark.commands.shared.sources import known_sources, missing_folders, source_folders
from cdp_spark.settings import SettingsInvalid, load


def test_a_source_must_be_one_of_the_settings() -> None:
    settings = load(Path(__file__).parents[3] / "conf")
    assert known_sources(settings) == ["web"]
    assert known_sources(settings, "web") == ["web"]
    with pytest.raises(SettingsInvalid, match="--source shop: no such source; sources are web"):
        known_sources(settings, "shop")


def test_folders_of_sources_are_those_of_this_machine(tmp_path: Path) -> None:
    landing = tmp_path / "landing" / "web"
    here, there = settings_of("", str(tmp_path)), settings_of("", "s3a://bucket/lake")
    assert source_folders(here) == {"web": landing}
    assert source_folders(there) == {}
    home = tmp_path / "home"
    assert source_folders(settings_of(""), home) == {"web": home / ".lake/world/landing/web"}
    (sentence,) = missing_folders(here)
    assert f"source web: folder {landing} does not exist; create it" in sentence
    landing.mkdir(parents=True)
    assert missing_folders(here) == []
