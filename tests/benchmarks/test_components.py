from collections.abc import Callable
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from pyspark.sql import SparkSession

from tests.benchmarks import components
from tests.benchmarks.components import main, partition, stopped_at
from tests.benchmarks.components_peers import scipy_components
from tests.benchmarks.graphs import SHAPES, write_edges
from tests.benchmarks.measure import Disagreement, agree

_ROWS = 1_000
_OURS = {"ours", "contraction", "check"}


def test_every_engine_is_measured_and_all_agree(
    run_benchmark: Callable[..., dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {shape: SHAPES[shape] for shape in ("identity", "long_chain")}
    monkeypatch.setattr(components, "SHAPES", few)
    figures = run_benchmark(main, _ROWS, tmp_path)
    assert (figures["benchmark"], figures["rows"]) == ("components", _ROWS)
    peers = {"graphframes", "graphx", "scipy", "igraph"}
    assert set(figures["seconds"]) == {"start", *_OURS, *peers}
    assert set(figures["ratios"]) == peers
    assert set(figures["long_chain"]["ratios"]) == {"scipy", "igraph"}


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_a_side_that_misses_edges_disagrees(shape: str, tmp_path: Path) -> None:
    edges = tmp_path / "edges"
    assert write_edges(edges, shape, _ROWS) > _ROWS * 0.8
    answers = {}
    for number, files in enumerate(("*", "part-[0-2]*")):
        part = tmp_path / f"{number}"
        part.mkdir()
        for file in edges.glob(files):
            (part / file.name).symlink_to(file)
        scipy_components(part, tmp_path / f"{number}.parquet")
        answers[f"{number}"] = partition(tmp_path / f"{number}.parquet")
    with pytest.raises(Disagreement):
        agree(answers)


def test_work_that_takes_too_long_is_stopped(spark: SparkSession) -> None:
    def slow(rows: Any) -> Any:
        for batch in rows:
            sleep(20)
            yield batch

    def work() -> None:
        spark.range(1).mapInArrow(slow, "id long").collect()

    assert stopped_at(spark, work, 1.0) is None
