import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from tests.benchmarks.ingest import lake_settings, main, ours, peers
from tests.benchmarks.ingest_peers import duckdb_events, polars_events
from tests.benchmarks.lines import write_lines
from tests.benchmarks.measure import Answer, Disagreement, agree

_ROWS = 600
_LINES = _ROWS + _ROWS // 100


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ingest")


@pytest.fixture(scope="module")
def figures(run_benchmark: Callable[..., dict[str, Any]], scratch: Path) -> dict[str, Any]:
    return run_benchmark(main, _ROWS, scratch)


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lines that main makes, both times."""
    folder = tmp_path_factory.mktemp("landing")
    write_lines(folder, 0, _ROWS, _ROWS)
    write_lines(folder, _ROWS, _LINES - _ROWS, _ROWS, files=1)
    return folder


@pytest.fixture(scope="module")
def answer(landing: Path) -> Answer:
    """The content of the generated lines by DuckDB; a test run by hand compares it with ours."""
    duckdb_events(landing, landing.parent / f"{landing.name}-out")
    return peers(landing.parent / f"{landing.name}-out", _LINES)


# Four runs of jobs, near a minute: by hand, with `pytest -m bench tests/benchmarks`.
@pytest.mark.bench
def test_the_last_line_is_one_json_object_with_the_jobs_and_both_peers(
    figures: dict[str, Any],
) -> None:
    jobs = {"ingest_events", "refine_events"}
    assert (figures["benchmark"], figures["rows"]) == ("ingest", _ROWS)
    others = {"floor", "duckdb", "polars", "incremental"}
    assert set(figures["seconds"]) == {"start", "ours", *jobs, *others}
    assert set(figures["ratios"]) == {"duckdb", "polars"}
    assert figures["peak_mib"] > 100
    assert figures["events_per_second"] > 0
    assert figures["incremental_share"] > 0


@pytest.mark.bench
@pytest.mark.usefixtures("figures")
def test_our_lake_holds_what_duckdb_finds_in_all_lines(
    spark: SparkSession, scratch: Path, answer: Answer
) -> None:
    found = ours(spark, lake_settings(scratch / "lake"))
    agree({"ours": found, "duckdb": answer})
    with pytest.raises(Disagreement):
        agree({"ours": Answer(found.counts, found.content + 1), "duckdb": answer})


def test_the_lines_hold_duplicates_and_rejections_and_every_line_is_accounted_for(
    answer: Answer,
) -> None:
    counts = answer.counts
    assert counts["duplicates"] == 18
    assert counts["rejected"] == 2
    assert sum(counts.values()) == _LINES


def test_the_same_number_of_lines_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_lines(tmp_path / name, 0, 1000, 1000)
    one, two = (
        [file.read_bytes() for file in sorted((tmp_path / name).iterdir())]
        for name in ("one", "two")
    )
    assert one == two
    assert len(one) == 8
    assert 450 < sum(map(len, one)) / 1000 < 550


def _landed(landing: Path, tmp_path: Path, change: Callable[[list[str]], list[str]]) -> Path:
    """The lines with a change, in a folder of their own."""
    files = sorted(landing.iterdir())
    lines = [line for file in files for line in file.read_text().splitlines()]
    assert len(lines) == _LINES
    changed = change(lines)
    assert changed != lines
    (tmp_path / "changed").mkdir()
    (tmp_path / "changed" / "all.jsonl").write_text("".join(f"{line}\n" for line in changed))
    return tmp_path / "changed"


def _without_an_earlier_copy(lines: list[str]) -> list[str]:
    """Line 98 repeats line 48 with an earlier receive time, so it wins."""
    return [line for n, line in enumerate(lines) if n != 98]


def _with_another_mailbox(lines: list[str]) -> list[str]:
    one = next(n for n, line in enumerate(lines) if '"email"' in line and n > 100)
    return [*lines[:one], lines[one].replace('"email":"', '"email":"x'), *lines[one + 1 :]]


def _with_a_broken_line_mended(lines: list[str]) -> list[str]:
    whole = json.loads(lines[4]) | {"messageId": "m-mended"}
    return [*lines[:3], json.dumps(whole), *lines[4:]]


@pytest.mark.parametrize("peer", [duckdb_events, polars_events])
@pytest.mark.parametrize(
    "change", [_without_an_earlier_copy, _with_another_mailbox, _with_a_broken_line_mended]
)
def test_a_peer_that_saw_another_line_disagrees(
    answer: Answer,
    landing: Path,
    tmp_path: Path,
    change: Callable[[list[str]], list[str]],
    peer: Callable[[Path, Path], None],
) -> None:
    peer(_landed(landing, tmp_path, change), tmp_path / "out")
    with pytest.raises(Disagreement):
        # The number of lines is the old one: what differs must be seen in rows and content.
        agree({"whole": answer, "peer": peers(tmp_path / "out", _LINES)})


@pytest.mark.parametrize("peer", [duckdb_events, polars_events])
def test_a_peer_that_saw_the_same_lines_in_another_order_agrees(
    answer: Answer, landing: Path, tmp_path: Path, peer: Callable[[Path, Path], None]
) -> None:
    peer(_landed(landing, tmp_path, lambda lines: lines[::-1]), tmp_path / "out")
    agree({"whole": answer, "peer": peers(tmp_path / "out", _LINES)})
