"""Connected components of edges: our engines beside GraphFrames', SciPy and igraph.

`ours` is what `auto` chooses, from Parquet to Parquet; `contraction` the distributed engine, which
leaves the driver a fiftieth of the edges; `check` the look at the answer that every run takes;
`graphframes` and `graphx` GraphFrames' default and GraphX engines in the same session. The figures
of the first shape stand at the top, those of the others below their names: a tenth as many edges in
chains, half as many around hubs and under a power law. All Spark engines run once on a few edges
before.
"""

# ruff: noqa: S608 - every query is our own text

import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from graphframes import GraphFrame
from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.components import check_components, component_labels
from cdp_spark.identity.settings import MergeSettings
from tests.benchmarks.components_peers import igraph_components, scipy_components
from tests.benchmarks.graphs import SHAPES, write_edges
from tests.benchmarks.measure import (
    Answer,
    Figures,
    PeakMemory,
    agree,
    answer_of,
    bench,
    content_sql,
    limited,
    query_counts,
    talk,
    timed,
)

_SHARES = {"identity": 1, "chains": 10, "long_chain": 10, "hubs": 2, "power_law": 2}
_IN_SPARK = {
    "identity": ("graphframes", "graphx"),
    "chains": ("graphframes",),
    "long_chain": (),
    "hubs": ("graphframes", "graphx"),
    "power_law": ("graphframes",),
}
_OUTSIDE = {"scipy": scipy_components, "igraph": igraph_components}
_WARM = 1_000


def partition(answer: Path) -> Answer:
    """How many ids and components, and who is with whom, whatever components are called."""
    return answer_of(
        query_counts(
            f"SELECT count(*) AS ids, count(DISTINCT component) AS components, "
            f"{content_sql('id, smallest')} AS content FROM (SELECT *, min(id) OVER "
            f"(PARTITION BY component) AS smallest FROM '{answer}')"
        )
    )


class Bench:
    """The files of one graph, and the answer of every engine."""

    def __init__(self, spark: SparkSession, folder: Path, limit: float) -> None:
        self.spark = spark
        self.folder = folder
        self.limit = limit
        self.answers: dict[str, Answer] = {}

    @property
    def edges(self) -> DataFrame:
        """The edges as rows."""
        return self.spark.read.parquet(str(self.folder / "edges"))

    def materialize(self, name: str, rows: DataFrame) -> DataFrame:
        """Materializes rows as the lake does."""
        path = str(self.folder / "kept" / name)
        rows.write.mode("overwrite").option("compression", "lz4").parquet(path)
        return self.spark.read.schema(rows.schema).parquet(path)

    def by_engine(self, side: str, merge: MergeSettings) -> float:
        """Seconds of one of our engines."""
        seconds, _ = timed(
            lambda: self._written(side, component_labels(self.edges, merge, self.materialize))
        )
        self.answers[side] = partition(self.folder / side / "*.parquet")
        return seconds

    def checked(self) -> float:
        """Seconds of the check of our answer."""
        found = self.spark.read.parquet(str(self.folder / "ours"))
        seconds, _ = timed(lambda: check_components(found.select("id"), self.edges, found))
        return seconds

    def by_graphframes(self, side: str) -> float | None:
        """Seconds of GraphFrames; none where it was stopped at the limit."""
        algorithm = {"graphframes": "graphframes", "graphx": "graphx"}[side]

        def work() -> None:
            edges = self.materialize("their_edges", self.edges)
            ends = edges.select(F.col("src").alias("id")).union(edges.select("dst")).distinct()
            graph = GraphFrame(self.materialize("their_vertices", ends), edges)
            self._written(side, graph.connectedComponents(algorithm=algorithm))

        took = stopped_at(self.spark, work, self.limit)
        if took is not None:
            self.answers[side] = partition(self.folder / side / "*.parquet")
        return took

    def outside(self, side: str) -> float | None:
        """Seconds of a peer in a process of its own."""
        out = self.folder / f"{side}.parquet"
        took = limited(_OUTSIDE[side], self.folder / "edges", out, limit=self.limit)
        if took is not None:
            self.answers[side] = partition(out)
        return took

    def _written(self, side: str, found: DataFrame) -> None:
        found.select("id", "component").write.mode("overwrite").parquet(str(self.folder / side))


def stopped_at(spark: SparkSession, work: Callable[[], None], limit: float) -> float | None:
    """Seconds of the work; none where its jobs were cancelled at the limit."""
    over, is_stopped = threading.Event(), threading.Event()

    def watch() -> None:
        wait = limit
        while not over.wait(wait):  # between two jobs there is nothing to cancel: again and again
            is_stopped.set()
            spark.sparkContext.cancelAllJobs()
            wait = 0.5

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        seconds, _ = timed(work)
    except Py4JJavaError:
        if not is_stopped.is_set():
            raise
        return None
    finally:
        over.set()
        watcher.join()
    return seconds


def shape_figures(bench: Bench, shape: str, edges: int) -> Figures:
    """Figures of one shape.

    Raises:
        Disagreement: two sides found other components.
    """
    figures = Figures(shape, edges)
    with PeakMemory() as memory:
        figures.seconds["ours"] = bench.by_engine("ours", MergeSettings())
        few = MergeSettings(engine="contraction", driver_edges=edges // 50)
        figures.seconds["contraction"] = bench.by_engine("contraction", few)
        figures.seconds["check"] = bench.checked()
    figures.peak_mib = memory.mib
    talk(f"{shape}: ours {figures.seconds}")
    for side in _OUTSIDE:
        figures.compare(side, bench.outside(side), bench.limit)
    for side in _IN_SPARK[shape]:
        figures.compare(side, bench.by_graphframes(side), bench.limit)
        talk(f"{shape}: {side} {figures.seconds[side]}")
    agree(bench.answers)
    return figures


def measured(spark: SparkSession, rows: int, limit: float, scratch: Path) -> Figures:
    """All shapes, one after the other: the first one's figures, the others below their names."""
    if rows > _WARM:
        warm = Bench(spark, scratch / "warm", limit)
        write_edges(warm.folder / "edges", "identity", _WARM)
        shape_figures(warm, "identity", _WARM)
    found: dict[str, Figures] = {}
    for shape in SHAPES:
        one = Bench(spark, scratch / shape, limit)
        edges = write_edges(one.folder / "edges", shape, rows // _SHARES[shape])
        found[shape] = shape_figures(one, shape, edges)
    first = found.pop("identity")
    more: dict[str, Any] = {name: _part(figures) for name, figures in found.items()}
    more["edges"] = first.rows
    return Figures("components", rows, first.seconds, first.ratios, first.peak_mib, more)


def _part(figures: Figures) -> dict[str, Any]:
    return {
        "edges": figures.rows,
        "seconds": figures.seconds,
        "ratios": figures.ratios,
        "peak_mib": figures.peak_mib,
    }


def main(arguments: Sequence[str] | None = None, spark: SparkSession | None = None) -> None:
    """Measure and print."""
    bench(measured, __doc__ or "", arguments, spark)


if __name__ == "__main__":
    main(sys.argv[1:])
