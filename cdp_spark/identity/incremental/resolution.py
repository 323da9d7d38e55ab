"""An incremental run: identity after a change of sightings, at the cost of what it affects.

The steps and the result are those of a full rebuild. The steps get only the identifiers, evidence
and clusters in the scope of the change, and rows of others where a step needs them.
"""

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.clustering import Clustering, constraints_of
from cdp_spark.identity.clusters.components import components_of
from cdp_spark.identity.clusters.contraction import Materialize
from cdp_spark.identity.clusters.limited import identifiers_before_limits, was_live_before_limits
from cdp_spark.identity.clusters.limits import Constraints
from cdp_spark.identity.evidence.edges import (
    counted_pairs,
    edges_of,
    rated_edges,
    with_steward_edges,
    with_stored_counts,
)
from cdp_spark.identity.ids.customers import KnownIds, assigned_customers
from cdp_spark.identity.ids.lineage import lineage_of
from cdp_spark.identity.ids.links import changed_links, target_links
from cdp_spark.identity.incremental.scope import (
    Affected,
    Past,
    SightingChanges,
    StoredIdentity,
    affected_by,
    affected_scope,
    edges_ending_in,
    edges_inside,
    links_of,
    own_links,
    sightings_of_events,
)
from cdp_spark.identity.ownership.periods import named_clusters, ownership_periods, shared_events
from cdp_spark.identity.resolution import (
    IdentityInputs,
    Resolution,
    RunStamp,
    Workspace,
    checked_clustering,
)
from cdp_spark.identity.settings import IdentitySettings
from cdp_spark.identity.states import SHARED
from cdp_spark.identity.stewardship.decisions import STEWARD, active_decisions, asserted
from cdp_spark.semantics.ownership import current_links
from cdp_spark.tables.identity import EDGE

_KEY = "identifier_key"
_ENDS = ("left_key", "right_key")


@dataclass(frozen=True)
class IncrementalResolution:
    """A resolution of the affected rows, and the scope that it replaces in the tables.

    Stored rows of identity.identifier, .edge and .ownership that match `identifiers_scope`,
    `edges_scope` and `ownership_scope` and that the resolution lacks are deleted.
    """

    resolution: Resolution
    identifiers_scope: DataFrame
    edges_scope: DataFrame
    ownership_scope: DataFrame


@dataclass(frozen=True)
class _Part:
    """What the steps share: all sightings and links, the affected identifiers, their clusters."""

    inputs: IdentityInputs
    past: Past
    affected: Affected
    clustering: Clustering
    materialize: Materialize


def incremental_resolution(
    inputs: IdentityInputs,
    changes: SightingChanges,
    settings: IdentitySettings,
    stamp: RunStamp,
    workspace: Workspace,
) -> IncrementalResolution | None:
    """Rows of identity that the changed sightings affect, equal to those of a full rebuild.

    None where they affect so much that a full rebuild is faster, see
    merge.incremental_max_read_share. `inputs` are those of a full rebuild; its decisions are the
    same as in the last run.

    Raises:
        ComponentsWrong: an engine's answer contradicts the graph.
        Exception: raised by the workspace where components or customers are too large.
    """
    materialize, stored = workspace.materialize, changes.stored
    active = materialize("decisions", active_decisions(inputs.decisions, stamp.at))
    constraints = None if active.isEmpty() else constraints_of(active, settings.merge, materialize)
    affected = affected_by(inputs.sightings, changes, active, settings.rules, materialize)
    if (
        affected.sightings.count()
        > settings.merge.incremental_max_read_share * changes.sighting_count
    ):
        return None
    evidence = materialize("evidence", _evidence(affected, changes, active, constraints, settings))
    given = None if constraints is None else materialize("given_ids", asserted(active))
    inside, past = affected_scope(affected, evidence, (stored, given), settings.merge, materialize)
    identifiers = materialize("scope_identifiers", _identifiers(affected, inside, past.nearby))
    edges = evidence.unionByName(edges_inside(inside, affected.keys, past.nearby))
    edges = materialize("edges_inside", edges)
    clusters = components_of(identifiers, edges, settings.merge, materialize)
    clustering = Clustering(identifiers, edges, clusters)
    clustering = checked_clustering(clustering, settings, constraints, workspace)
    part = _Part(inputs, past, affected, clustering, materialize)
    return _resolved(part, settings, stamp)


def _resolved(part: _Part, settings: IdentitySettings, stamp: RunStamp) -> IncrementalResolution:
    """Ownership periods, ids, links and lineage that follow from the clusters."""
    clustering, materialize, stored = part.clustering, part.materialize, part.past.stored
    recomputed = clustering.identifiers.select(_KEY).union(part.affected.keys)
    recomputed = materialize("recomputed_keys", recomputed.distinct())
    known_ids = _known_ids(part, recomputed)
    assigned = materialize(
        "assigned", assigned_customers(clustering.clusters, known_ids, settings.rules, materialize)
    )
    shared = materialize("shared_keys", _shared_keys(part, assigned))
    ownership = materialize("ownership", _ownership(part, shared, settings))
    ownership, in_scope = _with_siblings(part, ownership, recomputed.union(shared))
    before = materialize("links_before", stored.links.join(in_scope, on=_KEY, how="left_semi"))
    others = _assigned_elsewhere(ownership, before, in_scope, part)
    customers = materialize("all_assigned", assigned.unionByName(others))
    wanted = target_links(customers, clustering.identifiers, clustering.edges, ownership, before)
    wanted = materialize("target_links", wanted)
    links = materialize("links", changed_links(wanted, before, stamp.at))
    lineage = materialize("lineage", _lineage(part, links, before, stamp))
    found = Resolution(clustering.identifiers, clustering.edges, ownership, links, lineage)
    return IncrementalResolution(found, recomputed, _edge_keys(part), in_scope)


def _evidence(
    affected: Affected,
    changes: SightingChanges,
    active: DataFrame,
    constraints: Constraints | None,
    settings: IdentitySettings,
) -> DataFrame:
    """Edges of affected identifiers, of hubs newly seen together, and of decisions."""
    found = edges_of(affected.sightings, affected.identifiers, settings)
    mine = edges_ending_in(found, affected.keys)
    # Hubs are few or none; all other identifiers with new sightings are affected.
    among_hubs = changes.added.join(affected.hubs, on=_KEY, how="left_semi").select("event_key")
    among_hubs = changes.added.join(among_hubs.distinct(), on="event_key", how="left_semi")
    pairs = counted_pairs(among_hubs, affected.identifiers, settings)
    for end in ("left", "right"):
        keys = affected.keys.select(F.col(_KEY).alias("key"))
        pairs = pairs.join(keys, pairs[end][_KEY] == keys["key"], how="left_anti")
    counted = with_stored_counts(changes.stored.edges, pairs, affected.identifiers)
    hubs = rated_edges(counted, settings)
    evidence = mine.unionByName(hubs)
    if constraints is None:
        return evidence
    return with_steward_edges(evidence, active, constraints.named, affected.identifiers)


def _identifiers(affected: Affected, inside: DataFrame, stored: StoredIdentity) -> DataFrame:
    """identity.identifier rows, before limits: the affected ones, hubs, and all in scope."""
    keys = inside.union(affected.keys).union(affected.hubs.select(_KEY)).distinct()
    recomputed = affected.identifiers.join(keys, on=_KEY, how="left_semi")
    rest = stored.identifiers.join(inside, on=_KEY, how="left_semi")
    rest = identifiers_before_limits(rest).join(affected.identifiers, on=_KEY, how="left_anti")
    rest = rest.join(affected.keys, on=_KEY, how="left_anti")  # those that no event shows any more
    return recomputed.unionByName(rest.select(*recomputed.columns))


def _with_siblings(
    part: _Part, ownership: DataFrame, in_scope: DataFrame
) -> tuple[DataFrame, DataFrame]:
    """The ownership, with those of siblings: anonymous ones that begin in the same event.

    A tablet's cookie and its advertising id have one anonymous customer then, chosen from the ids
    that both had. Second, the identifier_key of all in scope.
    """
    in_scope = part.materialize("in_scope", in_scope.distinct())
    stored, is_anonymous = part.past.stored.ownership, F.col("anchor_key").isNull()
    first_events = ownership.where(is_anonymous).select("first_event_key").distinct()
    siblings = stored.where(is_anonymous).join(first_events, on="first_event_key", how="left_semi")
    siblings = siblings.join(in_scope, on=_KEY, how="left_anti").select(_KEY).distinct()
    siblings = part.materialize("siblings", siblings)
    if siblings.isEmpty():
        return ownership, in_scope
    theirs = stored.join(siblings, on=_KEY, how="left_semi").select(*ownership.columns)
    both = part.materialize("ownership_with_siblings", ownership.unionByName(theirs))
    return both, part.materialize("in_scope_with_siblings", in_scope.union(siblings))


def _shared_keys(part: _Part, assigned: DataFrame) -> DataFrame:
    """identifier_key of affected shared identifiers, and of those seen with a changed cluster.

    `assigned` has the customer_id that each identifier_key in a cluster has now.
    """
    mine, owned = part.clustering.identifiers, own_links(part.past.nearby)
    renamed = assigned.join(owned, on=_KEY, how="inner").where(
        assigned["customer_id"] != owned["customer_id"]
    )
    moved = part.materialize("moved", _moved(part).union(renamed.select(_KEY)).distinct())
    tables = (part.clustering.edges, part.past.nearby.edges)
    # Evidence depends on the strongest identifier before limits, ownership on that after them.
    limited = [_other_ends(edges.where(was_live_before_limits()), moved) for edges in tables]
    changed = part.materialize(
        "moved_or_limited", reduce(DataFrame.union, limited, moved).distinct()
    )
    seen_with = reduce(DataFrame.union, [_other_ends(edges, changed) for edges in tables])
    inputs = part.past.stored.identifiers.where(F.col("role") == SHARED).select(_KEY)
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


def _moved(part: _Part) -> DataFrame:
    """identifier_key of all that are or were in a cluster that changed."""
    keys = part.clustering.identifiers.select(_KEY).union(part.affected.keys).distinct()
    before = own_links(part.past.nearby).join(keys, on=_KEY, how="left_semi")
    before = before.select(_KEY, "customer_id")
    both = part.clustering.clusters.select(_KEY, "component").join(
        before, on=_KEY, how="full_outer"
    )
    both = part.materialize("clusters_before", both)
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


def _ownership(part: _Part, shared: DataFrame, settings: IdentitySettings) -> DataFrame:
    """identity.ownership rows of the shared identifiers."""
    seen = _sightings_of(shared, part)
    others = part.materialize("other_clusters", _other_clusters(seen, shared, part))
    clusters = part.clustering.clusters.select(_KEY, "kind", "component").unionByName(others)
    named = named_clusters(clusters, settings.rules)
    events = shared_events(seen, shared, named, settings.ownership, settings.rules)
    events = part.materialize("shared_events", events)
    return ownership_periods(events, settings.ownership, settings.rules, part.materialize)


def _sightings_of(shared: DataFrame, part: _Part) -> DataFrame:
    """All sightings of the events that show a shared identifier, and maybe of others."""
    affected = part.affected
    more = part.materialize("more_shared", shared.join(affected.keys, on=_KEY, how="left_anti"))
    if more.isEmpty():
        return affected.sightings
    theirs = sightings_of_events(part.inputs.sightings, more, None, part.materialize, "shared")
    theirs = theirs.join(affected.sightings.select("event_key"), on="event_key", how="left_anti")
    return affected.sightings.unionByName(theirs.select(*affected.sightings.columns))


def _other_clusters(seen: DataFrame, shared: DataFrame, part: _Part) -> DataFrame:
    """identifier_key, kind and component of clusters outside the scope that these events show."""
    events = seen.join(shared, on=_KEY, how="left_semi").select("event_key")
    shown = seen.join(events, on="event_key", how="left_semi").select(_KEY).distinct()
    shown = shown.join(part.clustering.identifiers, on=_KEY, how="left_anti")
    shown = part.materialize("shown_elsewhere", shown)
    customers = links_of(part.past.stored, part.materialize, keys=shown).select("customer_id")
    customers = part.materialize("customers_elsewhere", customers.distinct())
    theirs = links_of(part.past.stored, part.materialize, customers=customers)
    by_customer = Window.partitionBy("customer_id")
    component = F.min(F.xxhash64(_KEY)).over(by_customer)  # as components are named
    return theirs.select(_KEY, "kind", component.alias("component"))


def _edge_keys(part: _Part) -> DataFrame:
    """Keys of all edges that may have changed.

    They include the source: of two hubs only the sources with changes are computed.
    """
    stored = part.past.nearby.edges
    decided = stored.where(F.col("source") == STEWARD)
    parts = (part.clustering.edges, edges_ending_in(stored, part.affected.keys), decided)
    return reduce(DataFrame.union, [rows.select(*EDGE.key) for rows in parts]).distinct()


def _known_ids(part: _Part, recomputed: DataFrame) -> KnownIds:
    """The ids that the clusters have or had."""
    mine = part.materialize(
        "history", part.inputs.links.join(part.clustering.clusters, on=_KEY, how="left_semi")
    )
    nearby = part.past.nearby
    customers = mine.select("customer_id").distinct()
    former = customers.join(nearby.links, on="customer_id", how="left_anti")
    former = part.materialize("former_ids", former)
    held = own_links(nearby).unionByName(
        links_of(part.past.stored, part.materialize, customers=former)
    )
    held = held.join(customers, on="customer_id", how="left_semi")
    others = held.join(recomputed, on=_KEY, how="left_anti")
    return KnownIds(mine, part.past.given, others.select("customer_id").distinct())


def _lineage(part: _Part, links: DataFrame, before: DataFrame, stamp: RunStamp) -> DataFrame:
    """identity.lineage rows; ids that change need all their links, current and closed."""
    ids = part.materialize("changed_ids", _changed_ids(before, links))
    theirs = part.inputs.links.join(ids, on="customer_id", how="left_semi")
    theirs = part.materialize("changed_history", theirs.select(*links.columns))
    elsewhere = current_links(theirs).join(before, on=_KEY, how="left_anti")
    rest = before.join(ids, on="customer_id", how="left_anti").select(*links.columns)
    after, history = links.unionByName(elsewhere), theirs.unionByName(rest)
    return lineage_of(after, history, stamp.at, stamp.run_id)


def _changed_ids(before: DataFrame, links: DataFrame) -> DataFrame:
    """customer_id of customers that got or lost an identifier."""
    pairs = [rows.select(_KEY, "customer_id").distinct() for rows in (before, current_links(links))]
    changed = [one.join(other, on=[_KEY, "customer_id"], how="left_anti").select("customer_id")
               for one, other in (pairs, pairs[::-1])]  # fmt: skip
    return changed[0].union(changed[1]).distinct()


def _assigned_elsewhere(
    ownership: DataFrame, before: DataFrame, in_scope: DataFrame, part: _Part
) -> DataFrame:
    """identifier_key and customer_id outside the scope: anchors and linked customers."""
    anchors = ownership.select(F.col("anchor_key").alias(_KEY)).where(F.col(_KEY).isNotNull())
    anchors = part.materialize(
        "anchors", anchors.distinct().join(in_scope, on=_KEY, how="left_anti")
    )
    customers = part.materialize("customers_before", before.select("customer_id").distinct())
    theirs = links_of(part.past.stored, part.materialize, keys=anchors, customers=customers)
    theirs = theirs.join(in_scope, on=_KEY, how="left_anti")
    return theirs.select(_KEY, "customer_id").distinct()
