"""Groups of identifiers that are one person's own, within the limits of what one person has."""

from dataclasses import dataclass

from pyspark.sql import DataFrame

from cdp_spark.identity.components import checkpointed, components_of
from cdp_spark.identity.contraction import Keep
from cdp_spark.identity.limits import broken_limits, cut_edges, with_shared, with_states
from cdp_spark.identity.settings import IdentitySettings


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
    identifiers: DataFrame,
    edges: DataFrame,
    groups: DataFrame,
    settings: IdentitySettings,
    keep: Keep = checkpointed,
) -> People:
    """Groups none of which holds two values of a unique kind.

    `groups` are the components of the live edges, as `components_of` gives them. Where one would
    hold two, its weakest evidence is cut and what changed hands becomes shared; only such
    components are looked at a second time.

    Raises:
        ComponentsWrong: an engine's answer contradicts the graph.
    """
    rules, merge = settings.identifiers, settings.merge
    broken = keep("broken_limits", broken_limits(groups, rules))
    if broken.isEmpty():
        return People(identifiers, edges, groups)

    cut = keep("cut_edges", cut_edges(groups, broken, edges, rules))
    identifiers = keep("shared_identifiers", with_shared(identifiers, edges, cut, rules))
    edges = keep("stated_edges", with_states(edges, identifiers, cut))
    inside = groups.join(broken, on="component", how="left_semi").select("identifier_key")
    again = components_of(
        identifiers.join(inside, on="identifier_key", how="left_semi"),
        edges.join(
            inside.withColumnRenamed("identifier_key", "left_key"), on="left_key", how="left_semi"
        ),
        merge,
        _again(keep),
    )
    whole = groups.join(broken, on="component", how="left_anti").select(*again.columns)
    return People(identifiers, edges, whole.unionByName(again))


def _again(keep: Keep) -> Keep:
    return lambda name, rows: keep(f"{name}_again", rows)
