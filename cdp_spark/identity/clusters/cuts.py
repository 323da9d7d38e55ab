"""The edges to cut so that each component is within the limits of one customer.

The edges of a component are joined again one by one, the strongest first; an edge that would exceed
a limit is cut. So the result does not depend on recency, and the weakest evidence is cut.
"""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.limits import VIOLATION_REASONS
from cdp_spark.identity.states import ALIAS_CALL, LIVE
from cdp_spark.identity.stewardship.decisions import STEWARD

_CONSTRAINTS = tuple(VIOLATION_REASONS)
_SIDES = ("left", "right")
_CUT = "left_key string, right_key string, constraint string"
_LABEL = "array<struct<constraint: string, dimension: string, value: string, most: long>>"
_STRENGTH = ("is_decided", "is_stated", "confidence", "event_count")


def cut_edges(
    clusters: DataFrame, broken: DataFrame, edges: DataFrame, labels: DataFrame
) -> DataFrame:
    """left_key, right_key and constraint of the live edges to cut, so that no limit is exceeded.

    `clusters` has identifier_key and component, `broken` the components that exceed a limit. One
    task holds all edges of a component; merge.max_component bounds them.
    """
    inside = clusters.join(broken, on="component", how="left_semi").select(
        F.col("identifier_key").alias("left_key"), "component"
    )
    # The evidence of all sources and rules for a pair counts together.
    doubt = F.sum(F.log(F.lit(1.0) - F.col("confidence")))
    live = (
        edges.where(F.col("state") == LIVE)
        .join(inside, on="left_key", how="inner")
        .groupBy("component", "left_key", "right_key")
        .agg(
            F.max(F.col("source") == STEWARD).alias("is_decided"),
            F.max(F.col("rule") == ALIAS_CALL).alias("is_stated"),
            F.round(F.lit(1.0) - F.exp(doubt), 9).alias("confidence"),
            F.sum("event_count").alias("event_count"),
        )
    )
    one = F.struct("constraint", "dimension", "value", "most")
    held = labels.join(broken, on="component", how="left_semi")
    # Sorted, so that a part's labels do not depend on the order of rows.
    held = held.groupBy("identifier_key").agg(F.sort_array(F.collect_set(one)).alias("labels"))
    for side in _SIDES:
        ends = held.select(
            F.col("identifier_key").alias(f"{side}_key"),
            F.col("labels").cast(_LABEL).alias(f"{side}_labels"),
        )
        live = live.join(ends, on=f"{side}_key", how="left_outer")
    columns = ["component", "left_key", "right_key", *_STRENGTH, "left_labels", "right_labels"]
    return live.select(*columns).groupBy("component").applyInArrow(violating_edges, _CUT)


def violating_edges(table: pa.Table) -> pa.Table:
    """left_key, right_key and constraint of the edges that would exceed a limit."""
    rows = sorted(
        table.to_pylist(),
        key=lambda row: (*[-row[name] for name in _STRENGTH], row["left_key"], row["right_key"]),
    )
    parts = _Parts(_same_values(rows))
    joined = [(row["left_key"], row["right_key"], parts.violation(row)) for row in rows]
    violating = [one for one in joined if one[2]]
    columns = list(zip(*violating, strict=True)) or [(), (), ()]
    names = ("left_key", "right_key", "constraint")
    return pa.table(
        {name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)}
    )


def _same_values(rows: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """(dimension, value) → the smallest value that alias calls state to be of the same person."""
    above: dict[tuple[str, str], str] = {}

    def smallest(dimension: str, value: str) -> str:
        while above.get((dimension, value), value) != value:
            value = above[dimension, value]
        return value

    for row in rows:
        if not row["is_stated"]:
            continue
        ends = [
            {one["dimension"]: one["value"] for one in row[f"{side}_labels"] or ()}
            for side in _SIDES
        ]
        for dimension in sorted(ends[0].keys() & ends[1].keys()):
            values = sorted(smallest(dimension, end[dimension]) for end in ends)
            above[dimension, values[1]] = values[0]
    return {key: smallest(*key) for key in above}


class _Parts:
    """Identifiers joined so far: a tree per part, and the values it holds in each dimension."""

    def __init__(self, same: dict[tuple[str, str], str]) -> None:
        self.same = same
        self.above: dict[str, str] = {}
        self.held: dict[str, dict[str, frozenset[str]]] = {}
        self.limits: dict[str, tuple[int, str]] = {}

    def violation(self, edge: dict[str, Any]) -> str | None:
        """Join the parts of both ends, or return the constraint that this would violate."""
        left, right = (
            self._root(edge[f"{end}_key"], edge[f"{end}_labels"] or ()) for end in _SIDES
        )
        if left == right:
            return None
        if len(self.held[left]) < len(self.held[right]):
            left, right = right, left
        mine, theirs = self.held[left], self.held[right]
        both = {name: mine.get(name, frozenset()) | values for name, values in theirs.items()}
        over = [name for name, values in both.items() if len(values) > self.limits[name][0]]
        if over:
            # A decision comes first: an identifier then does not count as having changed hands.
            return min((self.limits[name][1] for name in over), key=_CONSTRAINTS.index)
        self.above[right] = left
        mine.update(both)
        del self.held[right]
        return None

    def _root(self, key: str, labels: Iterable[dict[str, Any]]) -> str:
        if key not in self.above:
            self.above[key] = key
            self.held[key] = {}
            for one in labels:
                value = self.same.get((one["dimension"], one["value"]), one["value"])
                self.held[key][one["dimension"]] = frozenset([value])
                self.limits[one["dimension"]] = one["most"], one["constraint"]
        root = key
        while self.above[root] != root:
            root = self.above[root]
        while self.above[key] != root:
            self.above[key], key = root, self.above[key]
        return root
