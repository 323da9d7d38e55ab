from pathlib import Path

from typer.testing import CliRunner

from cdp_spark.commands.main import app
from cdp_spark.commands.submit import PACKAGE

GOLDEN = Path(__file__).parents[1] / "golden" / "spark_submit.txt"
PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def test_the_line_of_every_step_is_the_reviewed_one() -> None:
    printed = CliRunner().invoke(app, ["plan"]).stdout
    assert printed == GOLDEN.read_text()


def test_the_docs_show_the_first_line_and_how_the_package_is_made() -> None:
    text = PAGE.read_text()
    assert PACKAGE in text
    assert GOLDEN.read_text().splitlines()[0] in text
