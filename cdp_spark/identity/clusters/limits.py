"""Limits of what one customer can have, and the components that exceed them.

Labels express the limits: an identifier has a value in a dimension, and a customer may have so many
values of it. A user id is a value in the dimension of user ids, of which a customer has one; so is
the side of an identifier in a steward's `never`. A component that has more loses its weakest
evidence, see `cuts`; no identifier is lost.
"""

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.semantics.identifiers import IdentifierRule, Limit

UNIQUE, _LIMIT, _NEVER, _ALL = "unique", "limit", "never", "all"
VIOLATION_REASONS = {
    _NEVER: "a steward decided that they are two people",
    UNIQUE: "would give one customer two of a unique kind",
    _LIMIT: "would give one customer more of a kind than its limit",
    _ALL: "would give one customer more identifiers than merge.max_ids_per_profile",
}


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
        F.when(F.col("kind").isin(unique), UNIQUE).otherwise(_LIMIT).alias("constraint"),
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
