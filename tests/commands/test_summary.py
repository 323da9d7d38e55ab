import pytest

from cdp_spark.commands.summary import show_outcomes, show_table
from cdp_spark.launch import Outcome


def test_what_was_read_and_changed_is_shown_per_table(capsys: pytest.CaptureFixture[str]) -> None:
    reads = {
        "silver.event": {"version": 3, "mode": "changes", "row_count": 1200},
        "identity.link": {"version": 1, "mode": "both", "row_count": 7},
        "gold.order": {"version": 0, "mode": "whole", "row_count": 0},
    }
    writes = {
        "gold.customer": {"inserted_count": 2, "updated_count": 0, "deleted_count": 1},
        "gold.session": {"inserted_count": 0, "updated_count": 0, "deleted_count": 0},
    }
    show_outcomes([Outcome("build", "run", 1.5, reads, writes), Outcome("idle", "r", 0.1, {}, {})])
    told = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert "silver.event: 1,200 new" in told
    assert "+2 −1" in told  # noqa: RUF001 - a minus sign
    assert "identity.link: 7 new, others looked up" in told
    assert "gold.order" not in told
    assert "gold.session" not in told
    assert told.count("nothing") == 2


def test_what_is_too_long_for_the_terminal_is_told_to_its_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ids = [letter * 40 for letter in "abc"]
    show_table("Decisions", [tuple(ids)], "one", "two", "three")
    told = capsys.readouterr().err
    assert all(told.replace("Decisions", "").count(letter) >= 40 for letter in "abc")
