from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdp_spark.commands.main import app
from cdp_spark.commands.shared.workflow import PACKAGE, selected_steps
from cdp_spark.settings import SettingsInvalid

GOLDEN = Path(__file__).parents[2] / "golden" / "spark_submit.txt"
PAGE = Path(__file__).parents[3] / "docs" / "operations.md"

WORKFLOW = ("first", "second", "third")


def test_the_line_of_every_step_is_the_reviewed_one() -> None:
    printed = CliRunner().invoke(app, ["plan"]).stdout
    assert printed == GOLDEN.read_text()


def test_the_docs_show_the_first_line_and_how_the_package_is_made() -> None:
    text = PAGE.read_text()
    assert PACKAGE in text
    assert GOLDEN.read_text().splitlines()[0] in text


def test_no_selection_is_the_whole_workflow() -> None:
    assert selected_steps(WORKFLOW, []) == ["first", "second", "third"]


def test_a_step_with_plus_brings_all_after_it() -> None:
    assert selected_steps(WORKFLOW, ["second+"]) == ["second", "third"]
    assert selected_steps(WORKFLOW, ["third", "first"]) == ["first", "third"]


def test_an_unknown_step_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(SettingsInvalid, match="steps are first, second, third"):
        selected_steps(WORKFLOW, ["fourth"])
