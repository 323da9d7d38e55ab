"""Why two identifiers have one customer: the path of evidence with the strongest weakest edge."""

import heapq
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

Edge = dict[str, Any]


def strongest_path(edges: Iterable[Edge], start: str, goal: str) -> list[Edge]:
    """The edges of the path from one identifier to another with the strongest weakest edge.

    Edges have left_key, right_key and weight. Of equally strong paths the shortest wins, then the
    one with smaller keys. Empty where there is no path (widest path: Pollack 1960,
    doi:10.1287/opre.8.5.733, by Dijkstra's algorithm).
    """
    neighbours: dict[str, list[tuple[str, Edge]]] = defaultdict(list)
    for edge in edges:
        neighbours[edge["left_key"]].append((edge["right_key"], edge))
        neighbours[edge["right_key"]].append((edge["left_key"], edge))
    reached: dict[str, tuple[str, Edge] | None] = {}
    queue: list[tuple[float, int, str, str]] = [(float("-inf"), 0, start, "")]
    by_step: dict[tuple[str, str], Edge] = {}
    while queue:
        doubt, steps, here, before = heapq.heappop(queue)
        if here in reached:
            continue
        reached[here] = (before, by_step[before, here]) if before else None
        if here == goal:
            return _path_to(reached, goal)
        for there, edge in neighbours[here]:
            best = by_step.get((here, there))
            if best is None or edge["weight"] > best["weight"]:
                by_step[here, there] = edge
            heapq.heappush(queue, (max(doubt, -edge["weight"]), steps + 1, there, here))
    return []


def _path_to(reached: dict[str, tuple[str, Edge] | None], goal: str) -> list[Edge]:
    path: list[Edge] = []
    step = reached[goal]
    while step is not None:
        path.append(step[1])
        step = reached[step[0]]
    return path[::-1]
