"""Components that hold more of a kind than one customer can have lose their weakest evidence.

A customer has one value of a kind that `is_unique`. Where a component has more, its edges are taken
again one by one, the strongest first, and an edge that would bring two of them together is cut: so
recency decides nothing, no identifier is lost, and what is cut is the least that was known.
"""

from collections import Counter
from collections.abc import Iterable

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.blocks import OWN, SHARED
from cdp_spark.identity.evidence import CUT, LIVE, TIMED
from cdp_spark.terms.identifiers import IdentifierRule, by_kind

_REASON = "would give one customer two of a unique kind"
_SIDES = ("left", "right")
_ENDS = "left_key string, right_key string"
_STRENGTH = ("confidence", "event_count")


def broken_limits(groups: DataFrame, rules: Iterable[IdentifierRule]) -> DataFrame:
    """Component of every group with two values of a kind of which a customer has one."""
    unique = [rule.name for rule in rules if rule.is_unique]
    counts = groups.where(F.col("kind").isin(unique)).groupBy("component", "kind").count()
    return counts.where(F.col("count") > 1).select("component").distinct()


def cut_edges(
    groups: DataFrame, broken: DataFrame, edges: DataFrame, rules: tuple[IdentifierRule, ...]
) -> DataFrame:
    """left_key and right_key of the live edges to cut so that no component breaks a limit.

    `groups` has identifier_key and component, `broken` the components that break one. Each of them
    is looked at in one task, which holds its edges; merge.largest_component bounds them.
    """
    unique = frozenset(rule.name for rule in rules if rule.is_unique)
    inside = groups.join(broken, on="component", how="left_semi").select(
        F.col("identifier_key").alias("left_key"), "component"
    )
    live = edges.where(F.col("state") == LIVE).join(inside, on="left_key", how="inner")
    columns = ["component", "left_key", "right_key", "left_kind", "right_kind", *_STRENGTH]

    def refused(table: pa.Table) -> pa.Table:
        return refused_edges(table, unique)

    return live.select(*columns).groupBy("component").applyInArrow(refused, _ENDS)


def refused_edges(table: pa.Table, unique: frozenset[str]) -> pa.Table:
    """left_key and right_key of the edges that would bring two values of a unique kind together."""
    rows = sorted(
        table.to_pylist(),
        key=lambda row: (*[-row[name] for name in _STRENGTH], row["left_key"], row["right_key"]),
    )
    parts = _Parts(unique)
    refused = [row for row in rows if not parts.join(row)]
    return pa.table(
        {name: pa.array([row[name] for row in refused], pa.string())
         for name in ("left_key", "right_key")}
    )  # fmt: skip


def with_shared(
    identifiers: DataFrame, edges: DataFrame, cut: DataFrame, rules: tuple[IdentifierRule, ...]
) -> DataFrame:
    """The identifiers; those that change hands are shared.

    Of a cut edge that is the weaker end, as a recycled number or a resold phone is; a unique kind
    never changes hands.
    """
    moved = _weaker_ends(cut, edges, rules).where(~by_kind(rules, "is_unique"))
    moved = moved.select("identifier_key").distinct()
    told = identifiers.join(
        moved.withColumn("is_moved", F.lit(1)),
        on="identifier_key",
        how="left_outer",
    )
    is_moved = F.col("is_moved").isNotNull() & (F.col("role") == OWN)
    return told.withColumns(
        {
            "role": F.when(is_moved, SHARED).otherwise(F.col("role")),
            "reason": F.when(is_moved, _REASON).otherwise(F.col("reason")),
        }
    ).select(*identifiers.columns)


def _weaker_ends(cut: DataFrame, edges: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """identifier_key and kind of each cut edge's end of lower priority; of equals the right one."""
    ends = cut.join(edges, on=["left_key", "right_key"], how="inner")
    left, right = (by_kind(rules, "priority", f"{end}_kind") for end in _SIDES)
    is_left = left > right
    return ends.select(
        F.when(is_left, F.col("left_key")).otherwise(F.col("right_key")).alias("identifier_key"),
        F.when(is_left, F.col("left_kind")).otherwise(F.col("right_kind")).alias("kind"),
    )


def with_states(edges: DataFrame, identifiers: DataFrame, cut: DataFrame) -> DataFrame:
    """The edges: the cut ones are, and those of what became shared are timed."""
    shared = identifiers.where(F.col("role") == SHARED).select("identifier_key")
    told = edges.join(
        cut.withColumn("is_refused", F.lit(1)),
        on=["left_key", "right_key"],
        how="left_outer",
    )
    for end in _SIDES:
        one = shared.select(F.col("identifier_key").alias(f"{end}_key"))
        marked = one.withColumn(f"is_{end}_shared", F.lit(1))
        told = told.join(marked, on=f"{end}_key", how="left_outer")
    is_live = F.col("state") == LIVE
    is_shared = F.col("is_left_shared").isNotNull() | F.col("is_right_shared").isNotNull()
    is_refused = F.col("is_refused").isNotNull()
    state = F.when(is_live & is_shared, TIMED).when(is_live & is_refused, CUT)
    changes = is_live & (is_shared | is_refused)
    return told.withColumns(
        {
            "reason": F.when(changes, _REASON).otherwise(F.col("reason")),
            "state": F.coalesce(state, F.col("state")),
        }
    ).select(*edges.columns)


class _Parts:
    """Identifiers joined so far: a tree per part, and how many of each unique kind it holds."""

    def __init__(self, unique: frozenset[str]) -> None:
        self.unique = unique
        self.above: dict[str, str] = {}
        self.held: dict[str, Counter[str]] = {}

    def join(self, edge: dict[str, str]) -> bool:
        """Join the parts of an edge's ends; false where two of a unique kind would meet."""
        left, right = (self._root(edge[f"{end}_key"], edge[f"{end}_kind"]) for end in _SIDES)
        if left == right:
            return True
        both = self.held[left] + self.held[right]
        if any(count > 1 for count in both.values()):
            return False
        self.above[right] = left
        self.held[left] = both
        return True

    def _root(self, key: str, kind: str) -> str:
        if key not in self.above:
            self.above[key] = key
            self.held[key] = Counter([kind]) if kind in self.unique else Counter()
        root = key
        while self.above[root] != root:
            root = self.above[root]
        while self.above[key] != root:
            self.above[key], key = root, self.above[key]
        return root
