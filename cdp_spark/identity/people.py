"""Groups of identifiers that are one person's own, within the limits of what one person has."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.components import checkpointed, components_of, found_components
from cdp_spark.identity.contraction import Keep, named_apart
from cdp_spark.identity.decisions import ALIAS, decided_pairs, sides
from cdp_spark.identity.limits import (
    Told,
    broken_limits,
    crowded_labels,
    cut_edges,
    labels_of,
    with_shared,
    with_states,
)
from cdp_spark.identity.settings import IdentitySettings, MergeSettings


@dataclass(frozen=True)
class People:
    """What is known of identifiers and evidence, and the groups.

    `identifiers` and `edges` are rows of identity.identifier and .edge; `groups` has
    identifier_key, kind and component of every identifier that is one person's own.
    """

    identifiers: DataFrame
    edges: DataFrame
    groups: DataFrame


def people_of(
    components: People,
    settings: IdentitySettings,
    told: Told | None = None,
    keep: Keep = checkpointed,
) -> People:
    """Groups none of which breaks a limit of the rules or parts what a steward keeps apart.

    `components` has as groups those of the live edges, as `components_of` gives them. Where one
    breaks a limit, its weakest evidence is cut and what changed hands becomes shared; only such
    components are looked at a second time.

    Raises:
        ComponentsWrong: an engine's answer contradicts the graph.
    """
    identifiers, edges, groups = components.identifiers, components.edges, components.groups
    rules, merge = settings.rules, settings.merge
    labels = labels_of(groups, identifiers, rules, told).unionByName(
        crowded_labels(groups, merge.max_ids_per_profile)
    )
    broken = keep("broken_limits", broken_limits(labels))
    if broken.isEmpty():
        return components

    cut = keep("cut_edges", cut_edges(groups, broken, edges, labels))
    identifiers = keep("shared_identifiers", with_shared(identifiers, edges, cut, rules))
    edges = keep("stated_edges", with_states(edges, identifiers, cut))
    inside = groups.join(broken, on="component", how="left_semi").select("identifier_key")
    again = components_of(
        identifiers.join(inside, on="identifier_key", how="left_semi"),
        edges.join(
            inside.withColumnRenamed("identifier_key", "left_key"), on="left_key", how="left_semi"
        ),
        merge,
        named_apart(keep, "again"),
    )
    whole = groups.join(broken, on="component", how="left_anti").select(*again.columns)
    return People(identifiers, edges, keep("people", whole.unionByName(again)))


def told_by(standing: DataFrame, merge: MergeSettings, keep: Keep = checkpointed) -> Told:
    """What standing decisions say of limits."""
    return Told(sides(standing), keep("one_named", _one_named(standing, merge)))


def _one_named(standing: DataFrame, merge: MergeSettings) -> DataFrame:
    """identifier_key and value: identifiers that aliases say are one, by what they have in common.

    Aliases chain: a is b and b is c.
    """
    told = standing.where(F.col("verdict") == ALIAS)
    members = told.withColumns({"group_id": F.col("decision_id"), "is_own": F.lit(True)})  # noqa: FBT003
    aliases = decided_pairs(members)
    numbers = [F.xxhash64(end).alias(to) for end, to in (("left_key", "src"), ("right_key", "dst"))]
    found = found_components(aliases.select(*numbers), merge)
    keys = aliases.select(F.col("left_key").alias("identifier_key")).union(
        aliases.select("right_key")
    )
    named = keys.distinct().withColumn("id", F.xxhash64("identifier_key"))
    return named.join(found, on="id", how="inner").select(
        "identifier_key", F.col("component").cast("string").alias("value")
    )
