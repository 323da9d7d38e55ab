"""Components that exceed what one customer can have lose their weakest evidence.

Labels express the limits: an identifier has a value in a dimension, and a customer may have so many
values of it. A user id is a value in the dimension of user ids, of which a customer has one; so is
the side of an identifier in a steward's `never`. Where a component has more, its edges are joined
again one by one, the strongest first, and an edge that would exceed a limit is cut. So the result
does not depend on recency, no identifier is lost, and the weakest evidence is cut.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.states import ALIAS_CALL, CUT, GENERIC, LIVE, OWN, SHARED, TIMED
from cdp_spark.identity.stewardship.decisions import STEWARD, weight_of
from cdp_spark.semantics.identifiers import IdentifierRule, Limit, rule_option_by_kind

_UNIQUE, _LIMIT, _NEVER, _ALL = "unique", "limit", "never", "all"
_REASONS = {
    _NEVER: "a steward decided that they are two people",
    _UNIQUE: "would give one customer two of a unique kind",
    _LIMIT: "would give one customer more of a kind than its limit",
    _ALL: "would give one customer more identifiers than merge.max_ids_per_profile",
}
_CONSTRAINTS = tuple(_REASONS)
_SIDES = ("left", "right")
_CUT = "left_key string, right_key string, constraint string"
_LABEL = "array<struct<constraint: string, dimension: string, value: string, most: long>>"
_STRENGTH = ("is_decided", "is_stated", "confidence", "event_count")


@dataclass(frozen=True)
class Constraints:
    """Decisions of stewards that limit clusters.

    `sides` has identifier_key, dimension and value of every side of a `never`; `named`
    identifier_key and value of aliases, the value common to a chain of them.
    """

    sides: DataFrame
    named: DataFrame


def limit_labels(
    clusters: DataFrame,
    identifiers: DataFrame,
    rules: tuple[IdentifierRule, ...],
    constraints: Constraints | None,
) -> DataFrame:
    """identifier_key, component, constraint, dimension, value and most of limited identifiers.

    `clusters` has identifier_key, kind and component; `constraints` is None without decisions.
    """
    limits = {rule.name: rule.most for rule in rules if rule.most is not None}
    unique = [rule.name for rule in rules if rule.unique]
    held = clusters.where(F.col("kind").isin(list(limits)))
    windows = [limit.per for limit in limits.values() if limit.per != "ever"]
    since = F.lit(None).cast("timestamp")
    if windows:
        seen = identifiers.select("identifier_key", F.col("first_seen_at").alias("since"))
        held = held.join(seen, on="identifier_key", how="inner")
    else:
        held = held.withColumn("since", since)
    if any(rule.namespaced for rule in rules if rule.most is not None):
        held = held.join(
            identifiers.select("identifier_key", "namespace"), on="identifier_key", how="left_outer"
        )
    else:
        held = held.withColumn("namespace", F.lit(None).cast("string"))
    own = F.col("identifier_key")
    if constraints is not None:
        held = held.join(constraints.named, on="identifier_key", how="left_outer")
        own = F.coalesce("value", "identifier_key")
    labels = held.select(
        "identifier_key",
        "component",
        F.when(F.col("kind").isin(unique), _UNIQUE).otherwise(_LIMIT).alias("constraint"),
        _dimension(limits).alias("dimension"),
        own.alias("value"),
        _most(limits).alias("most"),
    )
    if constraints is None:
        return labels
    sides = clusters.join(constraints.sides, on="identifier_key", how="inner").select(
        "identifier_key", "component", F.lit(_NEVER).alias("constraint"), "dimension", "value",
        F.lit(1).cast("long").alias("most"),
    )  # fmt: skip
    return labels.unionByName(sides)


def size_labels(clusters: DataFrame, most: int) -> DataFrame:
    """Labels of all identifiers in components of more than `most`; each is a value."""
    sizes = clusters.groupBy("component").agg(F.count("*").alias("count"))
    large = clusters.join(sizes.where(F.col("count") > most), on="component", how="left_semi")
    return large.select(
        "identifier_key", "component",
        F.lit(_ALL).alias("constraint"), F.lit(_ALL).alias("dimension"),
        F.col("identifier_key").alias("value"), F.lit(most).cast("long").alias("most"),
    )  # fmt: skip


def _most(limits: dict[str, Limit]) -> Column:
    most = [part for kind, one in limits.items() for part in (F.lit(kind), F.lit(one.max))]
    if not most:
        return F.lit(None).cast("long")
    return F.element_at(F.create_map(*most), F.col("kind")).cast("long")


def _dimension(limits: dict[str, Limit]) -> Column:
    """The kind and the namespace, with the period of the first sighting (day, week, …) if any.

    Weeks begin on Monday, UTC.
    """
    dimension = F.concat_ws(" ", F.lit("kind"), "kind", "namespace")
    for kind, limit in limits.items():
        if limit.per != "ever":
            span = F.date_format(F.date_trunc(limit.per, "since"), " yyyy-MM-dd")
            is_kind = F.col("kind") == kind
            dimension = F.when(is_kind, F.concat(dimension, span)).otherwise(dimension)
    return dimension


def broken_limits(labels: DataFrame) -> DataFrame:
    """Components with more values of a dimension than a customer may have."""
    counts = labels.groupBy("component", "dimension").agg(
        F.count_distinct("value").alias("count"), F.min("most").alias("most")
    )
    return counts.where(F.col("count") > F.col("most")).select("component").distinct()


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


def with_shared_roles(
    identifiers: DataFrame, edges: DataFrame, cut: DataFrame, rules: tuple[IdentifierRule, ...]
) -> DataFrame:
    """The identifiers; those that changed hands are shared, or generic where their rule says so.

    Where an edge is cut to separate two of a unique kind, its weaker end changed hands, as a
    recycled number or a resold phone does. An identifier of a unique kind, or one that a steward
    joined, never does.
    """
    ends = _weaker_ends(cut.where(F.col("constraint") == _UNIQUE), edges, rules)
    moved = ends.where(~rule_option_by_kind(rules, "unique")).select("identifier_key").distinct()
    decided = edges.where((F.col("source") == STEWARD) & (F.col("state") == LIVE))
    for end in _SIDES:
        keys = decided.select(F.col(f"{end}_key").alias("identifier_key"))
        moved = moved.join(keys, on="identifier_key", how="left_anti")
    generic = [rule.name for rule in rules if rule.is_device and rule.shared_device == "generic"]
    role = F.when(F.col("kind").isin(generic), GENERIC).otherwise(SHARED)
    joined = identifiers.join(
        moved.withColumn("is_moved", F.lit(1)),
        on="identifier_key",
        how="left_outer",
    )
    is_moved = F.col("is_moved").isNotNull() & (F.col("role") == OWN)
    return joined.withColumns(
        {
            "role": F.when(is_moved, role).otherwise(F.col("role")),
            "reason": F.when(is_moved, _REASONS[_UNIQUE]).otherwise(F.col("reason")),
        }
    ).select(*identifiers.columns)


def _weaker_ends(cut: DataFrame, edges: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """identifier_key and kind of the weaker end of each cut edge; of equals the right one."""
    ends = cut.join(edges, on=["left_key", "right_key"], how="inner")
    left, right = (rule_option_by_kind(rules, "priority", f"{end}_kind") for end in _SIDES)
    is_left = left > right
    return ends.select(
        F.when(is_left, F.col("left_key")).otherwise(F.col("right_key")).alias("identifier_key"),
        F.when(is_left, F.col("left_kind")).otherwise(F.col("right_kind")).alias("kind"),
    )


def with_limit_states(edges: DataFrame, identifiers: DataFrame, cut: DataFrame) -> DataFrame:
    """The edges; those in `cut` are cut, those of identifiers that became shared are timed.

    Those of identifiers that became generic are cut.
    """
    moved = identifiers.where(F.col("role") != OWN).select(
        "identifier_key", (F.col("role") == SHARED).alias("is_shared")
    )
    joined = edges.join(
        cut.select("left_key", "right_key", "constraint"),
        on=["left_key", "right_key"],
        how="left_outer",
    )
    for end in _SIDES:
        one = moved.select(
            F.col("identifier_key").alias(f"{end}_key"),
            F.col("is_shared").alias(f"is_{end}_shared"),
        )
        joined = joined.join(one, on=f"{end}_key", how="left_outer")
    is_live = F.col("state") == LIVE
    both = F.col("is_left_shared"), F.col("is_right_shared")
    is_generic = ~F.coalesce(both[0], F.lit(True)) | ~F.coalesce(both[1], F.lit(True))  # noqa: FBT003 - literal columns
    is_shared = both[0].isNotNull() | both[1].isNotNull()
    is_violating = F.col("constraint").isNotNull()
    reasons = F.create_map(*[F.lit(part) for pair in _REASONS.items() for part in pair])
    why = F.coalesce(F.element_at(reasons, F.col("constraint")), F.lit(_REASONS[_UNIQUE]))
    state = F.when(is_live & is_generic, CUT).when(is_live & is_shared, TIMED)
    state = state.when(is_live & is_violating, CUT)
    changes = is_live & (is_shared | is_violating)
    return joined.withColumns(
        {
            "reason": F.when(changes, why).otherwise(F.col("reason")),
            "weight": F.when(changes, F.lit(0.0)).otherwise(F.col("weight")),
            "state": F.coalesce(state, F.col("state")),
        }
    ).select(*edges.columns)


def identifiers_before_limits(identifiers: DataFrame) -> DataFrame:
    """Stored identifiers as they were before limits: those that changed hands have the role own."""
    is_moved = F.col("reason").eqNullSafe(F.lit(_REASONS[_UNIQUE]))
    return identifiers.withColumns(
        {
            "role": F.when(is_moved, OWN).otherwise(F.col("role")),
            "reason": F.when(~is_moved, F.col("reason")),
        }
    )


def was_live_before_limits() -> Column:
    """Whether a stored edge was live before a limit changed its state."""
    return F.coalesce(F.col("reason").isin(*_REASONS.values()), F.lit(False))  # noqa: FBT003 - a literal column


def edges_before_limits(edges: DataFrame) -> DataFrame:
    """Stored edges as they were before limits: those that a limit changed are live."""
    return edges.withColumns(
        {
            "state": F.when(was_live_before_limits(), LIVE).otherwise(F.col("state")),
            "weight": F.when(was_live_before_limits(), weight_of(F.col("confidence"))).otherwise(
                F.col("weight")
            ),
            "reason": F.when(~was_live_before_limits(), F.col("reason")),
        }
    )


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
