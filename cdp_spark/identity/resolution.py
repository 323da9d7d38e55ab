"""A full rebuild: from all sightings to the customer of each identifier, step by step."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pyspark.sql import DataFrame

from cdp_spark.identity.clusters.clustering import (
    Clustering,
    clustering_within_limits,
    constraints_of,
)
from cdp_spark.identity.clusters.components import components_of, oversized_components
from cdp_spark.identity.clusters.limits import Constraints
from cdp_spark.identity.evidence.edges import edges_of, with_steward_edges
from cdp_spark.identity.evidence.roles import identifiers_with_roles, with_bypassed
from cdp_spark.identity.ids.customers import KnownIds, assigned_customers
from cdp_spark.identity.ids.lineage import lineage_of
from cdp_spark.identity.ids.links import changed_links, target_links
from cdp_spark.identity.ownership.periods import (
    named_clusters,
    ownership_periods,
    shared_events,
    shared_identifiers,
)
from cdp_spark.identity.settings import IdentitySettings
from cdp_spark.identity.stewardship.decisions import (
    active_decisions,
    asserted,
    bypassed_identifiers,
)
from cdp_spark.semantics.ownership import current_links


class IdentityLake(Protocol):
    """The part of a lake that identity uses: materialized rows, and invariants."""

    def materialize(self, name: str, rows: DataFrame, /) -> DataFrame:
        """The rows, computed once."""

    def require_empty(self, violations: DataFrame, invariant: str, /) -> None:
        """Stop the run where an invariant has violations."""


@dataclass(frozen=True)
class IdentityInputs:
    """What identity is resolved from: sightings, all links so far, and decisions of stewards."""

    sightings: DataFrame
    links: DataFrame
    decisions: DataFrame


@dataclass(frozen=True)
class RunStamp:
    """The start and the id of the run that records rows."""

    at: datetime
    run_id: str


@dataclass(frozen=True)
class Resolution:
    """Current rows of identity.identifier, .edge and .ownership; rows of .link to be written.

    `lineage` are the changes of ids that these links make.
    """

    identifiers: DataFrame
    edges: DataFrame
    ownership: DataFrame
    links: DataFrame
    lineage: DataFrame


def resolution_of(
    inputs: IdentityInputs, settings: IdentitySettings, stamp: RunStamp, lake: IdentityLake
) -> Resolution:
    """Rows of all tables of identity, resolved from all sightings.

    Raises:
        ComponentsWrong: an engine's answer contradicts the graph.
        Exception: raised by the lake where components or customers are too large.
    """
    active = lake.materialize("decisions", active_decisions(inputs.decisions, stamp.at))
    is_decided = not active.isEmpty()
    clustering = _clustering(inputs, active if is_decided else None, settings, lake)

    rules, current = settings.rules, current_links(inputs.links)
    shared = shared_identifiers(clustering.identifiers)
    named = named_clusters(clustering.clusters, rules)
    events = shared_events(inputs.sightings, shared, named, settings.ownership, rules)
    events = lake.materialize("shared_events", events)
    ownership = lake.materialize(
        "ownership", ownership_periods(events, settings.ownership, rules, lake.materialize)
    )
    given = asserted(active) if is_decided else None
    known_ids = KnownIds(inputs.links, given)
    assigned = lake.materialize(
        "assigned", assigned_customers(clustering.clusters, known_ids, rules, lake.materialize)
    )
    wanted = target_links(assigned, clustering.identifiers, clustering.edges, ownership, current)
    wanted = lake.materialize("target_links", wanted)
    links = lake.materialize("links", changed_links(wanted, current, stamp.at))
    lineage = lake.materialize("lineage", lineage_of(links, inputs.links, stamp.at, stamp.run_id))
    return Resolution(clustering.identifiers, clustering.edges, ownership, links, lineage)


def _clustering(
    inputs: IdentityInputs,
    active: DataFrame | None,
    settings: IdentitySettings,
    lake: IdentityLake,
) -> Clustering:
    """Clusters from the evidence of events and, where there are any, of decisions in force."""
    rules, merge, constraints = settings.rules, settings.merge, None
    identifiers = identifiers_with_roles(inputs.sightings, rules)
    if active is not None:
        identifiers = with_bypassed(identifiers, bypassed_identifiers(active))
        constraints = constraints_of(active, merge, lake.materialize)
    identifiers = lake.materialize("identifiers", identifiers)
    evidence = edges_of(inputs.sightings, identifiers, settings)
    if active is not None and constraints is not None:
        evidence = with_steward_edges(evidence, active, constraints.named, identifiers)
    evidence = lake.materialize("evidence", evidence)

    clusters = components_of(identifiers, evidence, merge, lake.materialize)
    found = Clustering(identifiers, evidence, clusters)
    return checked_clustering(found, settings, constraints, lake)


def checked_clustering(
    components: Clustering,
    settings: IdentitySettings,
    constraints: Constraints | None,
    lake: IdentityLake,
) -> Clustering:
    """`clustering_within_limits`, checked for components and customers that are too large.

    Raises:
        ComponentsWrong: an engine's answer contradicts the graph.
        Exception: raised by the lake where components or customers are too large.
    """
    merge = settings.merge
    large = oversized_components(components.clusters, merge.max_component)
    lake.require_empty(
        large, "a component is above merge.max_component: look for a shared identifier, or raise it"
    )
    clustering = clustering_within_limits(components, settings, constraints, lake.materialize)
    too_large = oversized_components(clustering.clusters, merge.max_cluster)
    lake.require_empty(
        too_large,
        "a customer is above merge.max_cluster: look for a shared identifier, or raise it",
    )
    return clustering
