"""Ownership periods that a change of sightings or of clusters affects.

A shared identifier is affected by its own sightings, and by a change of the clusters that it is
seen with. Its periods need the clusters of all its events, some of them outside the scope.
"""

from functools import reduce

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.limited import was_live_before_limits
from cdp_spark.identity.incremental.affected import (
    sightings_of_events,
)
from cdp_spark.identity.incremental.scope import ClusteredScope
from cdp_spark.identity.incremental.stored import links_of, own_links
from cdp_spark.identity.ownership.periods import named_clusters, ownership_periods, shared_events
from cdp_spark.identity.settings import IdentitySettings
from cdp_spark.identity.states import SHARED

_KEY = "identifier_key"
_ENDS = ("left_key", "right_key")


def with_siblings(
    scope: ClusteredScope, ownership: DataFrame, in_scope: DataFrame
) -> tuple[DataFrame, DataFrame]:
    """The ownership, with those of siblings: anonymous ones that begin in the same event.

    A tablet's cookie and its advertising id have one anonymous customer then, chosen from the ids
    that both had. Second, the identifier_key of all in scope.
    """
    in_scope = scope.materialize("in_scope", in_scope.distinct())
    stored, is_anonymous = scope.past.stored.ownership, F.col("anchor_key").isNull()
    first_events = ownership.where(is_anonymous).select("first_event_key").distinct()
    siblings = stored.where(is_anonymous).join(first_events, on="first_event_key", how="left_semi")
    siblings = siblings.join(in_scope, on=_KEY, how="left_anti").select(_KEY).distinct()
    siblings = scope.materialize("siblings", siblings)
    if siblings.isEmpty():
        return ownership, in_scope
    theirs = stored.join(siblings, on=_KEY, how="left_semi").select(*ownership.columns)
    both = scope.materialize("ownership_with_siblings", ownership.unionByName(theirs))
    return both, scope.materialize("in_scope_with_siblings", in_scope.union(siblings))


def affected_shared_keys(scope: ClusteredScope, assigned: DataFrame) -> DataFrame:
    """identifier_key of affected shared identifiers, and of those seen with a changed cluster.

    `assigned` has the customer_id that each identifier_key in a cluster has now.
    """
    mine, owned = scope.clustering.identifiers, own_links(scope.past.nearby)
    renamed = assigned.join(owned, on=_KEY, how="inner").where(
        assigned["customer_id"] != owned["customer_id"]
    )
    moved = scope.materialize("moved", _moved(scope).union(renamed.select(_KEY)).distinct())
    tables = (scope.clustering.edges, scope.past.nearby.edges)
    # Evidence depends on the strongest identifier before limits, ownership on that after them.
    limited = [_other_ends(edges.where(was_live_before_limits()), moved) for edges in tables]
    changed = scope.materialize(
        "moved_or_limited", reduce(DataFrame.union, limited, moved).distinct()
    )
    seen_with = reduce(DataFrame.union, [_other_ends(edges, changed) for edges in tables])
    inputs = scope.past.stored.identifiers.where(F.col("role") == SHARED).select(_KEY)
    others = inputs.join(seen_with.distinct(), on=_KEY, how="left_semi").join(
        mine, on=_KEY, how="left_anti"
    )
    return mine.where(F.col("role") == SHARED).select(_KEY).union(others)


def _other_ends(edges: DataFrame, keys: DataFrame) -> DataFrame:
    """identifier_key of all that an edge connects to one of the keys."""
    ends = [
        edges.join(keys.select(F.col(_KEY).alias(end)), on=end, how="left_semi").select(
            F.col(other).alias(_KEY)
        )
        for end, other in (_ENDS, _ENDS[::-1])
    ]
    return ends[0].union(ends[1])


def _moved(scope: ClusteredScope) -> DataFrame:
    """identifier_key of all that are or were in a cluster that changed."""
    keys = scope.clustering.identifiers.select(_KEY).union(scope.affected.keys).distinct()
    before = own_links(scope.past.nearby).join(keys, on=_KEY, how="left_semi")
    before = before.select(_KEY, "customer_id")
    both = scope.clustering.clusters.select(_KEY, "component").join(
        before, on=_KEY, how="full_outer"
    )
    both = scope.materialize("clusters_before", both)
    sides = (("component", "customer_id"), ("customer_id", "component"))
    moved = [both.join(_unmatched(both, *side), on=side[0], how="left_semi") for side in sides]
    return moved[0].select(_KEY).union(moved[1].select(_KEY)).distinct()


def _unmatched(both: DataFrame, one: str, other: str) -> DataFrame:
    """Ids in the column `one` that do not match exactly one id in the column `other`."""
    counts = both.where(F.col(one).isNotNull()).groupBy(one)
    matches = counts.agg(
        F.count_distinct(other).alias("others"), F.count_if(F.col(other).isNull()).alias("lost")
    )
    return matches.where((F.col("others") != 1) | (F.col("lost") > 0)).select(one)


def affected_ownership(
    scope: ClusteredScope, shared: DataFrame, settings: IdentitySettings
) -> DataFrame:
    """identity.ownership rows of the shared identifiers."""
    seen = _sightings_of(shared, scope)
    others = scope.materialize("other_clusters", _other_clusters(seen, shared, scope))
    clusters = scope.clustering.clusters.select(_KEY, "kind", "component").unionByName(others)
    named = named_clusters(clusters, settings.rules)
    events = shared_events(seen, shared, named, settings.ownership, settings.rules)
    events = scope.materialize("shared_events", events)
    return ownership_periods(events, settings.ownership, settings.rules, scope.materialize)


def _sightings_of(shared: DataFrame, scope: ClusteredScope) -> DataFrame:
    """All sightings of the events that show a shared identifier, and maybe of others."""
    affected = scope.affected
    more = scope.materialize("more_shared", shared.join(affected.keys, on=_KEY, how="left_anti"))
    if more.isEmpty():
        return affected.sightings
    theirs = sightings_of_events(scope.inputs.sightings, more, None, scope.materialize, "shared")
    theirs = theirs.join(affected.sightings.select("event_key"), on="event_key", how="left_anti")
    return affected.sightings.unionByName(theirs.select(*affected.sightings.columns))


def _other_clusters(seen: DataFrame, shared: DataFrame, scope: ClusteredScope) -> DataFrame:
    """identifier_key, kind and component of clusters outside the scope that these events show."""
    events = seen.join(shared, on=_KEY, how="left_semi").select("event_key")
    shown = seen.join(events, on="event_key", how="left_semi").select(_KEY).distinct()
    shown = shown.join(scope.clustering.identifiers, on=_KEY, how="left_anti")
    shown = scope.materialize("shown_elsewhere", shown)
    customers = links_of(scope.past.stored, scope.materialize, keys=shown).select("customer_id")
    customers = scope.materialize("customers_elsewhere", customers.distinct())
    theirs = links_of(scope.past.stored, scope.materialize, customers=customers)
    by_customer = Window.partitionBy("customer_id")
    component = F.min(F.xxhash64(_KEY)).over(by_customer)  # as components are named
    return theirs.select(_KEY, "kind", component.alias("component"))
