"""The registry of models is a folder."""

from pathlib import Path

import pytest

from cdp_spark.models import specs
from cdp_spark.models.registry import spec_names, spec_of


def test_every_file_of_the_folder_is_a_model_of_its_name() -> None:
    files = {file.stem for file in Path(specs.__path__[0]).glob("*.py")} - {"__init__"}
    assert files == set(spec_names())
    assert {spec_of(name).name for name in spec_names()} == files


def test_a_model_that_is_not_there_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError):
        spec_of("luck")
