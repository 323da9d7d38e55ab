"""Identifiers and edges after limits cut edges, and stored ones as they were before that.

An identifier that changed hands is shared, or generic where its rule says so. The stored reason of
a row is that of the limit, so an incremental run can take the effects of limits back.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.limits import UNIQUE, VIOLATION_REASONS
from cdp_spark.identity.states import CUT, GENERIC, LIVE, OWN, SHARED, TIMED
from cdp_spark.identity.stewardship.decisions import STEWARD, weight_of
from cdp_spark.semantics.identifiers import IdentifierRule, rule_option_by_kind

_SIDES = ("left", "right")


def with_shared_roles(
    identifiers: DataFrame, edges: DataFrame, cut: DataFrame, rules: tuple[IdentifierRule, ...]
) -> DataFrame:
    """The identifiers; those that changed hands are shared, or generic where their rule says so.

    Where an edge is cut to separate two of a unique kind, its weaker end changed hands, as a
    recycled number or a resold phone does. An identifier of a unique kind, or one that a steward
    joined, never does.
    """
    ends = _weaker_ends(cut.where(F.col("constraint") == UNIQUE), edges, rules)
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
            "reason": F.when(is_moved, VIOLATION_REASONS[UNIQUE]).otherwise(F.col("reason")),
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
    reasons = F.create_map(*[F.lit(part) for pair in VIOLATION_REASONS.items() for part in pair])
    why = F.coalesce(F.element_at(reasons, F.col("constraint")), F.lit(VIOLATION_REASONS[UNIQUE]))
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
    is_moved = F.col("reason").eqNullSafe(F.lit(VIOLATION_REASONS[UNIQUE]))
    return identifiers.withColumns(
        {
            "role": F.when(is_moved, OWN).otherwise(F.col("role")),
            "reason": F.when(~is_moved, F.col("reason")),
        }
    )


def was_live_before_limits() -> Column:
    """Whether a stored edge was live before a limit changed its state."""
    return F.coalesce(F.col("reason").isin(*VIOLATION_REASONS.values()), F.lit(False))  # noqa: FBT003 - a literal column


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
