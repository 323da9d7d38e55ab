"""Identifiers seen together → evidence → clusters → customer ids that stay the same.

Comes in: silver.sighting, the stored tables of identity, and decisions of stewards. Goes out:
identity.identifier, .edge, .ownership, .link and .lineage. Invariants: only identifiers of one
person join; no cluster exceeds a limit or joins two sides of a `never`; the same sightings give the
same clusters in any order; a rerun keeps every id; a new id is derived from the smallest identifier
of its cluster. Decided: within an event every identifier is tied to the strongest one only, because
ties among all would add edges but no reach; a decision is evidence or a limit like any other, so
that rebuilds apply it; an incremental run uses the same steps on the affected part of the tables,
because two implementations would one day differ.
"""

from cdp_spark.identity.clusters.clustering import Clustering, clustering_within_limits
from cdp_spark.identity.clusters.components import components_of, oversized_components
from cdp_spark.identity.evidence.edges import edges_of
from cdp_spark.identity.evidence.graph import graph_of
from cdp_spark.identity.evidence.roles import identifiers_with_roles
from cdp_spark.identity.ids.customers import KnownIds, assigned_customers
from cdp_spark.identity.ids.lineage import lineage_of
from cdp_spark.identity.ids.links import changed_links, target_links
from cdp_spark.identity.incremental.affected import SightingChanges
from cdp_spark.identity.incremental.resolution import IncrementalResolution, incremental_resolution
from cdp_spark.identity.incremental.stored import StoredIdentity
from cdp_spark.identity.ownership.periods import (
    named_clusters,
    ownership_periods,
    shared_events,
    shared_identifiers,
)
from cdp_spark.identity.resolution import (
    IdentityInputs,
    IdentityLake,
    Resolution,
    RunStamp,
    resolution_of,
)
from cdp_spark.identity.settings import IdentitySettings
from cdp_spark.identity.stewardship.blast_radius import (
    CustomerChanges,
    approved_count,
    blast_radius_error,
    customer_changes_of,
)
from cdp_spark.identity.stewardship.decisions import active_decisions, is_rebuild_needed
from cdp_spark.identity.update import IdentityChanges, Update, update_of

__all__ = [
    "Clustering",
    "CustomerChanges",
    "IdentityChanges",
    "IdentityInputs",
    "IdentityLake",
    "IdentitySettings",
    "IncrementalResolution",
    "KnownIds",
    "Resolution",
    "RunStamp",
    "SightingChanges",
    "StoredIdentity",
    "Update",
    "active_decisions",
    "approved_count",
    "assigned_customers",
    "blast_radius_error",
    "changed_links",
    "clustering_within_limits",
    "components_of",
    "customer_changes_of",
    "edges_of",
    "graph_of",
    "identifiers_with_roles",
    "incremental_resolution",
    "is_rebuild_needed",
    "lineage_of",
    "named_clusters",
    "oversized_components",
    "ownership_periods",
    "resolution_of",
    "shared_events",
    "shared_identifiers",
    "target_links",
    "update_of",
]
