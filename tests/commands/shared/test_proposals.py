import gzip
import re
from pathlib import Path

import pytest

from cdp_spark.commands.shared.proposals import proposed_source
from cdp_spark.sources import SourceUnreadable


def test_a_sample_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "plain.csv.gz").write_bytes(b"id,at\n1,2\n")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"id,at\n1,2\n" * 99)[:-20])
    (tmp_path / "open.csv").write_text(f'id,at\n1,2\n2,"{"x" * 200_000}"\n')
    (tmp_path / "torn.orc").write_bytes(b"ORC and more")
    for name, reason in {
        "gone.csv": "no such file",
        ".": "a folder; name one of its files",
        "empty.csv": "empty; give a file with records",
        "plain.csv.gz": "can't be read: a damaged archive",
        "cut.csv.gz": "can't be read: a damaged archive",
        "open.csv": "can't be read: its rows can't be split (field larger",
        "torn.orc": "can't be read: damaged",
    }.items():
        with pytest.raises(SourceUnreadable, match=re.escape(f"{tmp_path / name}: {reason}")):
            proposed_source("x", tmp_path / name)
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
