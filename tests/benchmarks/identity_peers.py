"""Connected components of the same live edges by SciPy, in one process."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import compute
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


def scipy_groups(identifiers: Path, edges: Path, out: Path) -> None:
    """Read identifiers and edges, number the keys, group them, write identifier_key, component."""
    seen = pq.read_table(identifiers, columns=["identifier_key", "role"])
    keys = seen.filter(compute.equal(seen["role"], "own"))["identifier_key"].combine_chunks()
    ties = pq.read_table(edges, columns=["left_key", "right_key", "state"])
    live = ties.filter(compute.equal(ties["state"], "live"))
    left, right = (compute.index_in(live[end], value_set=keys) for end in ("left_key", "right_key"))
    pairs = (left.to_numpy(), right.to_numpy())
    graph = coo_matrix((np.ones(len(live), dtype=np.int8), pairs), shape=(len(keys), len(keys)))
    _, component = connected_components(graph, directed=False)
    table = pa.table({"identifier_key": keys, "component": component})
    pq.write_table(table, out, compression="zstd")
