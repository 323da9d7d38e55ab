import pytest

from cdp_spark.commands.shared.output import console, results, show_outcomes, show_table
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
    printed = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert "silver.event: 1,200 new" in printed
    assert "+2 −1" in printed  # noqa: RUF001 - a minus sign
    assert "identity.link: 7 new, others looked up" in printed
    assert "gold.order" not in printed
    assert "gold.session" not in printed
    assert printed.count("nothing") == 2


def test_a_long_cell_is_printed_to_its_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ids = [letter * 40 for letter in "abc"]
    show_table("Decisions", [tuple(ids)], "one", "two", "three")
    printed = capsys.readouterr().err
    assert all(printed.replace("Decisions", "").count(letter) >= 40 for letter in "abc")


def test_names_and_values_that_look_like_markup_are_printed_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    texts = ("[/home]", "[bold] x", ":smile:")
    show_table("[/title]", [texts], "[/a]", "[b]", "c")
    console.print(*texts)
    shown = capsys.readouterr().err
    assert all(shown.count(one) == 2 for one in texts)
    assert all(one in shown for one in ("[/title]", "[/a]", "[b]"))
    show_table("", [("\x1b[2J\x9b1m ok",)], "a")
    assert "�[2J�1m ok" in capsys.readouterr().err
    results().print(*texts)
    assert capsys.readouterr().out == " ".join(texts) + "\n"
