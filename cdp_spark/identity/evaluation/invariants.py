"""Invariants of identity, checked on the stored tables."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.components import component_labels, components_of
from cdp_spark.identity.clusters.limits import Constraints, broken_limits, limit_labels
from cdp_spark.identity.incremental.stored import StoredIdentity
from cdp_spark.identity.resolution import Resolution
from cdp_spark.identity.settings import IdentitySettings, MergeSettings
from cdp_spark.identity.states import ALIAS_CALL, LIVE, OWN
from cdp_spark.tables.contract import Table
from cdp_spark.tables.identity import EDGE, IDENTIFIER, OWNERSHIP


def rebuild_violations(stored: StoredIdentity, rebuilt: Resolution) -> dict[str, DataFrame]:
    """Invariant → violating rows: the stored tables equal a rebuild from all sightings.

    Ids are not compared: a rebuild without history mints its own.
    """
    tables = {
        IDENTIFIER: (stored.identifiers, rebuilt.identifiers),
        EDGE: (stored.edges, rebuilt.edges),
        OWNERSHIP: (stored.ownership, rebuilt.ownership),
    }
    violations = {
        f"{table.name} equals a rebuild": _differences(table, *both)
        for table, both in tables.items()
    }
    mine = own_customers(stored)
    theirs = rebuilt.links.join(_own(stored), on="identifier_key", how="left_semi").select(
        "identifier_key", F.col("customer_id").alias("component")
    )
    violations["customers are the clusters of a rebuild"] = differing_identifiers(mine, theirs)
    return violations


def component_violations(
    stored: StoredIdentity, settings: IdentitySettings
) -> dict[str, DataFrame]:
    """Invariant → violating rows: customers are the components of the stored live evidence.

    The engine of the settings computes the components again.
    """
    found = components_of(stored.identifiers, stored.edges, settings.merge)
    theirs = found.select("identifier_key", "component")
    return {
        "customers are the components of live evidence": differing_identifiers(
            own_customers(stored), theirs
        )
    }


def limit_violations(
    stored: StoredIdentity, settings: IdentitySettings, constraints: Constraints | None
) -> dict[str, DataFrame]:
    """Invariant → violating rows: limits, decisions of stewards, one owner at a time."""
    kinds = stored.identifiers.select("identifier_key", "kind")
    clusters = own_customers(stored).join(kinds, on="identifier_key", how="inner")
    clusters = clusters.withColumnRenamed("customer_id", "component")
    labels = limit_labels(clusters, stored.identifiers, settings.rules, constraints)
    labels = _with_stated_values(labels, stored.edges, settings.merge)
    line = Window.partitionBy("identifier_key").orderBy("valid_from", "customer_id")
    following = F.lead("valid_from").over(line)
    ended = F.col("valid_to").isNull() | (F.col("valid_to") > F.col("following"))
    spans = stored.links.withColumn("following", following)
    return {
        "no customer breaks a limit": broken_limits(labels),
        "an identifier has one customer at a time": spans.where(
            F.col("following").isNotNull() & ended
        ),
    }


def _with_stated_values(labels: DataFrame, edges: DataFrame, merge: MergeSettings) -> DataFrame:
    """The labels; ids that alias calls state to be one person's are one value."""
    stated = edges.where((F.col("rule") == ALIAS_CALL) & (F.col("state") == LIVE)).select(
        F.xxhash64("left_key").alias("src"), F.xxhash64("right_key").alias("dst")
    )
    same = component_labels(stated, merge).select(
        "id", F.col("component").cast("string").alias("stated")
    )
    with_id = labels.withColumn("id", F.xxhash64("identifier_key"))
    joined = with_id.join(same, on="id", how="left_outer")
    is_id = F.col("constraint").isin("unique", "limit")
    return joined.withColumn(
        "value", F.when(is_id, F.coalesce("stated", "value")).otherwise(F.col("value"))
    ).select(*labels.columns)


def own_customers(stored: StoredIdentity) -> DataFrame:
    """identifier_key and customer_id of identifiers with the role own."""
    return stored.links.join(_own(stored), on="identifier_key", how="left_semi").select(
        "identifier_key", "customer_id"
    )


def differing_identifiers(mine: DataFrame, theirs: DataFrame) -> DataFrame:
    """identifier_key of identifiers in different clusters, or in one clustering only.

    `mine` has identifier_key and customer_id, `theirs` identifier_key and component.
    """
    both = mine.join(theirs, on="identifier_key", how="full_outer")
    is_missing = F.col("customer_id").isNull() | F.col("component").isNull()
    parts = [_parts(both, one, other) for one, other in
             (("customer_id", "component"), ("component", "customer_id"))]  # fmt: skip
    counted = both.join(parts[0], on="customer_id", how="left_outer")
    counted = counted.join(parts[1], on="component", how="left_outer")
    is_split = (F.col("component_count") > 1) | (F.col("customer_id_count") > 1)
    return counted.where(is_missing | is_split).select("identifier_key")


def _parts(both: DataFrame, one: str, other: str) -> DataFrame:
    counts = both.where(F.col(one).isNotNull()).groupBy(one)
    return counts.agg(F.count_distinct(other).alias(f"{other}_count"))


def _own(stored: StoredIdentity) -> DataFrame:
    return stored.identifiers.where(F.col("role") == OWN).select("identifier_key")


def _differences(table: Table, stored: DataFrame, rebuilt: DataFrame) -> DataFrame:
    """Keys of rows that differ or that one side lacks."""
    names = [name for name in table.content if name not in table.key]
    sides = [
        rows.select(*table.key, F.struct(*names).alias(side))
        for side, rows in (("stored", stored), ("rebuilt", rebuilt))
    ]
    both = sides[0].join(sides[1], on=list(table.key), how="full_outer")
    return both.where(~F.col("stored").eqNullSafe(F.col("rebuilt"))).select(*table.key)
