import pytest

from cdp_spark.commands.run import selected
from cdp_spark.settings import SettingsRefused

WORKFLOW = ("first", "second", "third")


def test_no_selection_is_the_whole_workflow() -> None:
    assert selected(WORKFLOW, []) == ["first", "second", "third"]


def test_a_step_with_plus_brings_all_after_it() -> None:
    assert selected(WORKFLOW, ["second+"]) == ["second", "third"]
    assert selected(WORKFLOW, ["third", "first"]) == ["first", "third"]


def test_an_unknown_step_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingsRefused, match="steps are first, second, third"):
        selected(WORKFLOW, ["fourth"])
