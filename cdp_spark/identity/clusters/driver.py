"""Connected components of edges that fit into memory, found by SciPy: a partition's, or all."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Ids = npt.NDArray[np.int64]

_EDGES = "src bigint, dst bigint"
_BUFFERED = 4_000_000  # edges a task holds before it reduces them: 64 MB
_BATCH = 65_536
_ONE_PARTITION = 500_000


def components_in(src: Ids, dst: Ids) -> tuple[Ids, Ids]:
    """Every id at an end of an edge, once, and the smallest id of its component."""
    if not len(src):
        return src, dst
    codes, ids = pd.factorize(np.concatenate([src, dst]))
    ends = (codes[: len(src)], codes[len(src) :])
    # Booleans: duplicate edges are added up, and integers could overflow to zero.
    graph = coo_matrix((np.ones(len(src), dtype=np.bool_), ends), shape=(len(ids), len(ids)))
    count, labels = connected_components(graph, directed=False)
    smallest = np.full(count, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(smallest, labels, ids)
    return ids, smallest[labels]


def forest_of(edges: DataFrame) -> DataFrame:
    """Edges `src`, `dst` with the components of the given ones, never more of them.

    Each partition returns every id with the smallest id that it reaches in the partition. A task
    holds two numbers for each id of its partition, however many edges there are.
    """
    return edges.select("src", "dst").mapInArrow(spanning_stars, _EDGES)


def driver_components(edges: DataFrame) -> DataFrame:
    """Id and component of every id at an end of an edge; component is the smallest id in it.

    All edges come to the driver, 16 bytes each on the way and about 100 while they are grouped.
    """
    table = edges.select("src", "dst").toArrow()
    ids, component = components_in(table["src"].to_numpy(), table["dst"].to_numpy())
    spark = edges.sparkSession
    found = spark.createDataFrame(pa.table({"id": ids, "component": component}))
    # By default every ten thousand ids are a task: for ten million, tasks cost more than rows.
    # A small result is one partition, so that a join with it needs no exchange.
    is_few = len(ids) <= _ONE_PARTITION
    return found.coalesce(1 if is_few else spark.sparkContext.defaultParallelism)


def spanning_stars(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches of `src`, `dst`: each id but the smallest of its component, with the smallest."""
    held: list[pa.RecordBatch] = []
    count, most = 0, _BUFFERED
    for batch in batches:
        # A table needs batches of one nullability; Spark's batches may differ in it.
        held.append(pa.RecordBatch.from_arrays([batch["src"], batch["dst"]], names=["src", "dst"]))
        count += batch.num_rows
        if count >= most:
            held = _stars(held)
            count = sum(one.num_rows for one in held)
            most = max(_BUFFERED, 2 * count)
    yield from _stars(held)


def _stars(batches: list[pa.RecordBatch]) -> list[Any]:
    if not batches:
        return []
    table = pa.Table.from_batches(batches)
    ids, component = components_in(table["src"].to_numpy(), table["dst"].to_numpy())
    is_leaf = ids != component
    stars = pa.table({"src": ids[is_leaf], "dst": component[is_leaf]})
    return list(stars.to_batches(max_chunksize=_BATCH))
