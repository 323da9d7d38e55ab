from pathlib import Path

import pytest

from cdp_spark.commands.shared.proposals import proposed_source
from cdp_spark.sources import SourceUnreadable


def test_a_sample_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match=r"gone\.csv: can't be read: FileNotFoundError"):
        proposed_source("x", tmp_path / "gone.csv")
    torn = tmp_path / "torn.json"
    torn.write_text("[1")
    with pytest.raises(SourceUnreadable, match=r"torn\.json: can't be read: unreadable_file"):
        proposed_source("x", torn)


def test_the_first_rows_are_masked(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,at,mail\nt1,2026-01-02T03:04:05Z,ann@b.org\n")
    assert proposed_source("x", tmp_path / "a.csv").rows == [
        ("t•••", "2026-01-02 03:04:05", "X", "", "email a•••")
    ]
    (tmp_path / "a.txt").write_text("no table")
    assert proposed_source("x", tmp_path / "a.txt").rows == ()
