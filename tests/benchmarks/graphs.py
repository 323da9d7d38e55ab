"""Graphs as Parquet files of edges `src`, `dst`: the shapes that identities take, and worse ones.

Ids are spread over the 64-bit numbers, and edges are shuffled over four files.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

Ids = npt.NDArray[np.int64]
Edges = tuple[Ids, Ids]

_SPREAD = np.int64(-0x61C8864680B583EB)  # odd: its multiples modulo 2^64 are all different
_FILES = 4
_SEED = 7


def identity(edges: int) -> Edges:
    """People of ten identifiers at most, eight edges each, most of them to one strong identifier.

    One edge in five hundred leads to the next person, as a shared address does.
    """
    draw = np.random.default_rng(_SEED)
    person = draw.integers(0, edges // 8 + 1, edges)
    other = draw.integers(1, 10, edges)
    is_strong = draw.random(edges) < 0.7
    src = person * 10 + np.where(is_strong, 0, draw.integers(1, 10, edges))
    dst = np.where(draw.random(edges) < 0.002, person * 10 + 10, person * 10 + other)
    return src, dst


def chains(edges: int) -> Edges:
    """Chains of a thousand nodes."""
    nodes = np.arange(edges, dtype=np.int64)
    src = nodes + nodes // 999
    return src, src + 1


def long_chain(edges: int) -> Edges:
    """One chain of all."""
    src = np.arange(edges, dtype=np.int64)
    return src, src + 1


def hubs(edges: int) -> Edges:
    """Twenty nodes that all others are tied to, one in ten of those to two of them."""
    draw = np.random.default_rng(_SEED)
    leaves = edges * 10 // 11
    leaf = np.concatenate([np.arange(leaves), draw.integers(0, leaves, edges - leaves)])
    return draw.integers(0, 20, edges), leaf + 100


def power_law(edges: int) -> Edges:
    """Nodes of which the first ones have a large share of all edges."""
    draw = np.random.default_rng(_SEED)
    ends = [(edges * draw.random(edges) ** 3).astype(np.int64) for _ in range(2)]
    return ends[0], ends[1]


SHAPES: dict[str, Callable[[int], Edges]] = {
    "identity": identity,
    "chains": chains,
    "long_chain": long_chain,
    "hubs": hubs,
    "power_law": power_law,
}


def write_edges(folder: Path, shape: str, edges: int) -> int:
    """Write a graph of about so many edges; gives how many, without those from a node to itself."""
    folder.mkdir(parents=True)
    src, dst = SHAPES[shape](edges)
    order = np.random.default_rng(_SEED).permutation(len(src))
    order = order[src[order] != dst[order]]
    with np.errstate(over="ignore"):
        table = pa.table({"src": src[order] * _SPREAD, "dst": dst[order] * _SPREAD})
    size = -(-table.num_rows // _FILES)
    for part in range(_FILES):
        pq.write_table(table.slice(part * size, size), folder / f"part-{part}.parquet")
    return int(table.num_rows)
