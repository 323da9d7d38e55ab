"""An incremental run: identity after a change of sightings, at the cost of what it affects.

The steps and the result are those of a full rebuild. The steps get only the identifiers, evidence
and clusters in the scope of the change, and rows of others where a step needs them.
"""

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.clustering import Clustering, constraints_of
from cdp_spark.identity.clusters.components import components_of
from cdp_spark.identity.clusters.limited import identifiers_before_limits
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
from cdp_spark.identity.incremental.affected import (
    Affected,
    SightingChanges,
    affected_by,
)
from cdp_spark.identity.incremental.ownership import (
    affected_ownership,
    affected_shared_keys,
    with_siblings,
)
from cdp_spark.identity.incremental.scope import (
    ClusteredScope,
    affected_scope,
    edges_ending_in,
    edges_inside,
)
from cdp_spark.identity.incremental.stored import StoredIdentity, links_of, own_links
from cdp_spark.identity.resolution import (
    IdentityInputs,
    IdentityLake,
    Resolution,
    RunStamp,
    checked_clustering,
)
from cdp_spark.identity.settings import IdentitySettings
from cdp_spark.identity.stewardship.decisions import STEWARD, active_decisions, asserted
from cdp_spark.semantics.ownership import current_links
from cdp_spark.tables.identity import EDGE

_KEY = "identifier_key"


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


def incremental_resolution(
    inputs: IdentityInputs,
    changes: SightingChanges,
    settings: IdentitySettings,
    stamp: RunStamp,
    lake: IdentityLake,
) -> IncrementalResolution | None:
    """Rows of identity that the changed sightings affect, equal to those of a full rebuild.

    None where they affect so much that a full rebuild is faster, see
    merge.incremental_max_read_share. `inputs` are those of a full rebuild; its decisions are the
    same as in the last run.

    Raises:
        ComponentsWrong: an engine's answer contradicts the graph.
        Exception: raised by the lake where components or customers are too large.
    """
    materialize, stored = lake.materialize, changes.stored
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
    clustering = checked_clustering(clustering, settings, constraints, lake)
    scope = ClusteredScope(inputs, past, affected, clustering, materialize)
    return _resolved(scope, settings, stamp)


def _resolved(
    scope: ClusteredScope, settings: IdentitySettings, stamp: RunStamp
) -> IncrementalResolution:
    """Ownership periods, ids, links and lineage that follow from the clusters."""
    clustering, materialize, stored = scope.clustering, scope.materialize, scope.past.stored
    recomputed = clustering.identifiers.select(_KEY).union(scope.affected.keys)
    recomputed = materialize("recomputed_keys", recomputed.distinct())
    known_ids = _known_ids(scope, recomputed)
    assigned = materialize(
        "assigned", assigned_customers(clustering.clusters, known_ids, settings.rules, materialize)
    )
    shared = materialize("shared_keys", affected_shared_keys(scope, assigned))
    ownership = materialize("ownership", affected_ownership(scope, shared, settings))
    ownership, in_scope = with_siblings(scope, ownership, recomputed.union(shared))
    before = materialize("links_before", stored.links.join(in_scope, on=_KEY, how="left_semi"))
    others = _assigned_elsewhere(ownership, before, in_scope, scope)
    customers = materialize("all_assigned", assigned.unionByName(others))
    wanted = target_links(customers, clustering.identifiers, clustering.edges, ownership, before)
    wanted = materialize("target_links", wanted)
    links = materialize("links", changed_links(wanted, before, stamp.at))
    lineage = materialize("lineage", _lineage(scope, links, before, stamp))
    found = Resolution(clustering.identifiers, clustering.edges, ownership, links, lineage)
    return IncrementalResolution(found, recomputed, _edge_keys(scope), in_scope)


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


def _edge_keys(scope: ClusteredScope) -> DataFrame:
    """Keys of all edges that may have changed.

    They include the source: of two hubs only the sources with changes are computed.
    """
    stored = scope.past.nearby.edges
    decided = stored.where(F.col("source") == STEWARD)
    parts = (scope.clustering.edges, edges_ending_in(stored, scope.affected.keys), decided)
    return reduce(DataFrame.union, [rows.select(*EDGE.key) for rows in parts]).distinct()


def _known_ids(scope: ClusteredScope, recomputed: DataFrame) -> KnownIds:
    """The ids that the clusters have or had."""
    mine = scope.materialize(
        "history", scope.inputs.links.join(scope.clustering.clusters, on=_KEY, how="left_semi")
    )
    nearby = scope.past.nearby
    customers = mine.select("customer_id").distinct()
    former = customers.join(nearby.links, on="customer_id", how="left_anti")
    former = scope.materialize("former_ids", former)
    held = own_links(nearby).unionByName(
        links_of(scope.past.stored, scope.materialize, customers=former)
    )
    held = held.join(customers, on="customer_id", how="left_semi")
    others = held.join(recomputed, on=_KEY, how="left_anti")
    return KnownIds(mine, scope.past.given, others.select("customer_id").distinct())


def _lineage(
    scope: ClusteredScope, links: DataFrame, before: DataFrame, stamp: RunStamp
) -> DataFrame:
    """identity.lineage rows; ids that change need all their links, current and closed."""
    ids = scope.materialize("changed_ids", _changed_ids(before, links))
    theirs = scope.inputs.links.join(ids, on="customer_id", how="left_semi")
    theirs = scope.materialize("changed_history", theirs.select(*links.columns))
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
    ownership: DataFrame, before: DataFrame, in_scope: DataFrame, scope: ClusteredScope
) -> DataFrame:
    """identifier_key and customer_id outside the scope: anchors and linked customers."""
    anchors = ownership.select(F.col("anchor_key").alias(_KEY)).where(F.col(_KEY).isNotNull())
    anchors = scope.materialize(
        "anchors", anchors.distinct().join(in_scope, on=_KEY, how="left_anti")
    )
    customers = scope.materialize("customers_before", before.select("customer_id").distinct())
    theirs = links_of(scope.past.stored, scope.materialize, keys=anchors, customers=customers)
    theirs = theirs.join(in_scope, on=_KEY, how="left_anti")
    return theirs.select(_KEY, "customer_id").distinct()
