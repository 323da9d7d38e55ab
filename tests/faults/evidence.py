"""The claim of every row of the matrix and what was observed, for a page of evidence."""

import json
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

PAGE = "CDP_EVIDENCE"
Tell = Callable[[str], None]


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> Tell:
    """Notes what was seen, as a sentence without any personal value."""
    seen: list[str] = []
    request.node.stash[_SEEN] = seen
    return seen.append


_SEEN = pytest.StashKey[list[str]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """One line per row in the file that CDP_EVIDENCE names: claim, what was seen, outcome."""
    report = yield
    file, mark = os.environ.get(PAGE, ""), item.get_closest_marker("fault")
    is_over = call.when == "call" or report.failed
    if file and mark and is_over:
        row: dict[str, Any] = {
            "row": mark.args[0], "claim": mark.args[1], "evidence": item.stash.get(_SEEN, []),
            "is_shown": report.passed, "seconds": round(report.duration, 1),
        }  # fmt: skip
        with Path(file).open("a", encoding="utf-8") as page:
            page.write(json.dumps(row) + "\n")
    return report
