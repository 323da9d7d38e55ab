from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.resolve import main

_ROWS = 600


def test_all_runs_are_measured_and_scipy_finds_the_same_people(
    run_benchmark: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    figures = run_benchmark(main, _ROWS, tmp_path)
    assert (figures["benchmark"], figures["rows"]) == ("resolve", _ROWS)
    assert set(figures["seconds"]) == {"start", "ours", "incremental", "scattered", "scipy"}
    assert set(figures["ratios"]) == {"scipy"}
    assert 10 < figures["groups"] < figures["identifiers"]
    assert min(figures["incremental_share"], figures["scattered_share"]) > 0
