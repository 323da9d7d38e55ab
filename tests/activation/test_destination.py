from datetime import date

import pytest

from cdp_spark.activation.destination import Target
from cdp_spark.activation.destinations import destination_kinds, destination_of


def test_every_file_of_the_folder_is_a_destination_of_its_name() -> None:
    assert "csv" in destination_kinds()
    assert [destination_of(kind).kind for kind in destination_kinds()] == list(destination_kinds())


def test_a_target_cannot_be_changed_on_the_way() -> None:
    target = Target("crm", "win_back", "marketing", date(2025, 1, 1), "folder", 1000)
    with pytest.raises(AttributeError):
        target.folder = "elsewhere"  # type: ignore[misc]
