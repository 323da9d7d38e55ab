from pathlib import Path

import pytest

from cdp_spark.commands.verify import evidence_of, page_of, verify
from cdp_spark.settings import SettingsInvalid

_TESTS = """
import os

import pytest

@pytest.mark.fault("D2", "two is <two>")
def test_two(evidence):
    evidence("seen <two>")
    options = [os.environ[f"CDP_FAULT_{name}"] for name in ("ROWS", "SEED", "KILLS")]
    assert options == ["1000", "3", "5"]

@pytest.mark.fault("R10", "ten is eleven")
def test_ten(evidence):
    evidence("seen ten")
    assert 10 == 11

@pytest.mark.fault("D10", "comes after D2")
def test_other(evidence):
    pass

def test_of_no_row():
    assert False
"""


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    """A project with a small matrix, one row of which is not true."""
    folder = tmp_path / "tests" / "faults"
    folder.mkdir(parents=True)
    plugin = Path(__file__).parents[1] / "faults" / "evidence.py"
    (folder / "conftest.py").write_text(plugin.read_text())
    (folder / "test_rows.py").write_text(_TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  fault: a row\n  bench: slow\n")
    return tmp_path


def test_every_row_has_its_claim_and_evidence(matrix: Path) -> None:
    found, code = evidence_of(matrix, 1000, 3, 5)
    assert code == 1
    rows = [(row["row"], row["claim"], row["evidence"], row["is_shown"]) for row in found]
    assert rows == [
        ("D2", "two is <two>", ["seen <two>"], True),
        ("D10", "comes after D2", [], True),
        ("R10", "ten is eleven", ["seen ten"], False),
    ]
    page = page_of(found, 1000, 3, "today")
    assert "2 of 3 claims" in page
    assert "seen &lt;two&gt;" in page
    assert '<td class="no">no</td>' in page
    assert "<script" not in page


def test_without_tests_the_error_names_where_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "project.yaml").write_text("project: {}\n")
    monkeypatch.setenv("CDP_HOME", str(tmp_path))
    with pytest.raises(SettingsInvalid, match="clone of the source"):
        verify(faults=True)
    with pytest.raises(SettingsInvalid, match="give --faults"):
        verify(faults=False)
