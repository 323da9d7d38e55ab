"""Why two identifiers are one person's: the path of evidence whose weakest piece is strongest."""

import heapq
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

Edge = dict[str, Any]


def strongest_path(edges: Iterable[Edge], start: str, goal: str) -> list[Edge]:
    """The edges from one identifier to another whose weakest edge is as strong as can be.

    Edges have left_key, right_key and weight; of paths equally strong the shortest, then that of
    smaller keys. Empty where nothing leads from one to the other (widest path: Pollack 1960,
    doi:10.1287/opre.8.5.733, by Dijkstra's way).
    """
    beside: dict[str, list[tuple[str, Edge]]] = defaultdict(list)
    for edge in edges:
        beside[edge["left_key"]].append((edge["right_key"], edge))
        beside[edge["right_key"]].append((edge["left_key"], edge))
    came: dict[str, tuple[str, Edge] | None] = {}
    waiting: list[tuple[float, int, str, str]] = [(float("-inf"), 0, start, "")]
    by_step: dict[tuple[str, str], Edge] = {}
    while waiting:
        doubt, steps, here, before = heapq.heappop(waiting)
        if here in came:
            continue
        came[here] = (before, by_step[before, here]) if before else None
        if here == goal:
            return _walked(came, goal)
        for there, edge in beside[here]:
            best = by_step.get((here, there))
            if best is None or edge["weight"] > best["weight"]:
                by_step[here, there] = edge
            heapq.heappush(waiting, (max(doubt, -edge["weight"]), steps + 1, there, here))
    return []


def _walked(came: dict[str, tuple[str, Edge] | None], goal: str) -> list[Edge]:
    path: list[Edge] = []
    step = came[goal]
    while step is not None:
        path.append(step[1])
        step = came[step[0]]
    return path[::-1]
