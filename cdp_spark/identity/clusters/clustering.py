"""Clusters: identifiers of one person each, within the limits of what one person has."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.components import checkpointed, component_labels, components_of
from cdp_spark.identity.clusters.contraction import Materialize, with_suffix
from cdp_spark.identity.clusters.cuts import cut_edges
from cdp_spark.identity.clusters.limited import with_limit_states, with_shared_roles
from cdp_spark.identity.clusters.limits import Constraints, broken_limits, limit_labels, size_labels
from cdp_spark.identity.settings import IdentitySettings, MergeSettings
from cdp_spark.identity.stewardship.decisions import ALIAS, decided_pairs, never_sides


@dataclass(frozen=True)
class Clustering:
    """Identifiers, evidence and the clusters they form.

    `identifiers` and `edges` are rows of identity.identifier and .edge; `clusters` has
    identifier_key, kind and component of every identifier with the role own.
    """

    identifiers: DataFrame
    edges: DataFrame
    clusters: DataFrame


def clustering_within_limits(
    components: Clustering,
    settings: IdentitySettings,
    constraints: Constraints | None = None,
    materialize: Materialize = checkpointed,
) -> Clustering:
    """Clusters that respect the limits of the rules and the constraints of stewards.

    The clusters of `components` are `components_of` the live edges. Where one breaks a limit, its
    weakest evidence is cut and an identifier that changed hands becomes shared; only such
    components are computed a second time.

    Raises:
        ComponentsWrong: an engine's answer contradicts the graph.
    """
    identifiers, edges, clusters = components.identifiers, components.edges, components.clusters
    rules, merge = settings.rules, settings.merge
    labels = limit_labels(clusters, identifiers, rules, constraints).unionByName(
        size_labels(clusters, merge.max_ids_per_profile)
    )
    broken = materialize("broken_limits", broken_limits(labels))
    if broken.isEmpty():
        return components

    cut = materialize("cut_edges", cut_edges(clusters, broken, edges, labels))
    identifiers = materialize(
        "shared_identifiers", with_shared_roles(identifiers, edges, cut, rules)
    )
    edges = materialize("stated_edges", with_limit_states(edges, identifiers, cut))
    inside = clusters.join(broken, on="component", how="left_semi").select("identifier_key")
    recomputed = components_of(
        identifiers.join(inside, on="identifier_key", how="left_semi"),
        edges.join(
            inside.withColumnRenamed("identifier_key", "left_key"), on="left_key", how="left_semi"
        ),
        merge,
        with_suffix(materialize, "again"),
    )
    whole = clusters.join(broken, on="component", how="left_anti").select(*recomputed.columns)
    return Clustering(identifiers, edges, materialize("clusters", whole.unionByName(recomputed)))


def constraints_of(
    active: DataFrame, merge: MergeSettings, materialize: Materialize = checkpointed
) -> Constraints:
    """Constraints that decisions in force put on clusters."""
    return Constraints(never_sides(active), materialize("aliases", _aliases(active, merge)))


def _aliases(active: DataFrame, merge: MergeSettings) -> DataFrame:
    """identifier_key and value: identifiers that aliases make one, with a value in common.

    Aliases chain: a is b and b is c.
    """
    aliases = active.where(F.col("decision") == ALIAS)
    members = aliases.withColumns({"group_id": F.col("decision_id"), "is_own": F.lit(True)})  # noqa: FBT003
    pairs = decided_pairs(members)
    numbers = [F.xxhash64(end).alias(to) for end, to in (("left_key", "src"), ("right_key", "dst"))]
    found = component_labels(pairs.select(*numbers), merge)
    keys = pairs.select(F.col("left_key").alias("identifier_key")).union(pairs.select("right_key"))
    named = keys.distinct().withColumn("id", F.xxhash64("identifier_key"))
    return named.join(found, on="id", how="inner").select(
        "identifier_key", F.col("component").cast("string").alias("value")
    )
