"""Graphs of numbers for the engines, and their components by SciPy, one graph at a time."""

from collections.abc import Iterable
from random import Random

import numpy as np
from pyspark.sql import DataFrame, SparkSession
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Pairs = list[tuple[int, int]]

_SPREAD = 0x9E3779B97F4A7C15  # an odd number: its multiples modulo 2^64 are all different


def random_graphs(count: int, seed: int) -> list[Pairs]:
    """Graphs of up to 30 nodes and 40 edges, with loops and duplicate edges."""
    draw = Random(seed)  # noqa: S311 - a seed, not a secret
    graphs = []
    for _ in range(count):
        nodes = draw.randint(1, 30)
        ends = range(draw.randint(1, 40))
        graphs.append([(draw.randrange(nodes), draw.randrange(nodes)) for _ in ends])
    return graphs


def chain(length: int) -> Pairs:
    """A chain of nodes."""
    return [(node, node + 1) for node in range(length)]


def star(leaves: int) -> Pairs:
    """One node with an edge to every other."""
    return [(0, leaf) for leaf in range(1, leaves + 1)]


def clique(nodes: int) -> Pairs:
    """Edges between all nodes, both ways and to themselves."""
    return [(left, right) for left in range(nodes) for right in range(nodes)]


def hubs(count: int, leaves: int) -> Pairs:
    """Stars that share every tenth leaf with the next one."""
    return [
        (-1 - hub, hub * leaves + leaf - (leaf % 10 == 0) * leaves)
        for hub in range(count)
        for leaf in range(leaves)
    ]


def union(graphs: Iterable[Pairs]) -> Pairs:
    """One graph of all, their nodes spread over the 64-bit numbers."""
    return [
        (_spread(number, left), _spread(number, right))
        for number, pairs in enumerate(graphs)
        for left, right in pairs
    ]


def _spread(number: int, node: int) -> int:
    spread = ((number * 100_000 + node + 10_000) * _SPREAD) % 2**64
    return spread - 2**64 if spread >= 2**63 else spread


def by_scipy(pairs: Pairs) -> dict[int, int]:
    """Node → smallest node of its component."""
    names = sorted({node for pair in pairs for node in pair})
    number = {name: place for place, name in enumerate(names)}
    ends = [number[left] for left, _ in pairs], [number[right] for _, right in pairs]
    shape = (len(names), len(names))
    _, labels = connected_components(coo_matrix((np.ones(len(pairs)), ends), shape=shape))
    smallest: dict[int, int] = {}
    for name, label in zip(names, labels, strict=True):
        smallest.setdefault(label, name)
    return {name: smallest[label] for name, label in zip(names, labels, strict=True)}


def frame(spark: SparkSession, pairs: Pairs, parts: int = 3) -> DataFrame:
    """The edges as rows `src`, `dst`."""
    return spark.createDataFrame(pairs, "src bigint, dst bigint").repartition(parts)


def component_by_id(found: DataFrame) -> dict[int, int]:
    """Id → component; each id once."""
    rows = found.collect()
    answer = {row["id"]: row["component"] for row in rows}
    assert len(answer) == len(rows), "an id has two components"
    return answer
