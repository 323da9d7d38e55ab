import shutil
from pathlib import Path

import pytest

from cdp_spark.settings import SettingsInvalid, load

_CONF = Path(__file__).parents[2] / "conf"


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """A copy of the project's conf, to be spoiled."""
    return Path(shutil.copytree(_CONF, tmp_path / "conf"))


def faults_of(conf: Path, profile: str = "") -> list[str]:
    with pytest.raises(SettingsInvalid) as refused:
        load(conf, profile)
    return sorted(str(refused.value).splitlines())


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
