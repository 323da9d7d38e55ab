"""Connected components of the same files by SciPy and igraph, in one process each.

Each writes OUT with `id` and `component`.
"""

from pathlib import Path

import igraph
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


def scipy_components(edges: Path, out: Path) -> None:
    """By a sparse matrix."""
    ids, ends = _numbered(edges)
    graph = coo_matrix((np.ones(len(ends[0]), dtype=np.bool_), ends), shape=(len(ids), len(ids)))
    _, component = connected_components(graph, directed=False)
    pq.write_table(pa.table({"id": ids, "component": component}), out)


def igraph_components(edges: Path, out: Path) -> None:
    """By its graph in C."""
    ids, ends = _numbered(edges)
    graph = igraph.Graph(n=len(ids), edges=np.column_stack(ends))
    component = graph.connected_components(mode="weak").membership
    pq.write_table(pa.table({"id": ids, "component": component}), out)


def _numbered(edges: Path) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    table = pq.read_table(edges)
    codes, ids = pd.factorize(np.concatenate([table["src"].to_numpy(), table["dst"].to_numpy()]))
    half = table.num_rows
    return ids, (codes[:half], codes[half:])
