"""Identifiers seen together → evidence → groups of one person → customer ids that stay.

Comes in: silver.sighting, what identity knew before, and what stewards decided. Goes out:
identity.identifier, .edge, .spell, .link and .lineage. Always true: only what is one person's own
joins; no group holds more of a kind than its limit, or what a steward keeps apart; the same
sightings give the same groups in any order; a rerun keeps every id; a new id is derived from the
smallest identifier of its group. Decided: within an event every identifier is tied to the strongest
one only, because ties among all would add edges and no reach; a decision is evidence or a limit
like any other, so that a rebuild finds it again; after few news the steps get only the part of the
tables that these touch, because what is done twice in two ways would one day differ.
"""

from cdp_spark.identity.blast import Blast, approved_count, blast_of
from cdp_spark.identity.blocks import judged_identifiers
from cdp_spark.identity.components import components_of, oversized
from cdp_spark.identity.customers import Held, assigned_customers
from cdp_spark.identity.decisions import may_differ, standing_decisions
from cdp_spark.identity.evidence import edges_of
from cdp_spark.identity.graph import graph_of
from cdp_spark.identity.lineage import lineage_of
from cdp_spark.identity.links import changed_links, wanted_links
from cdp_spark.identity.people import People, people_of
from cdp_spark.identity.renewal import Renewal, renewed_resolution
from cdp_spark.identity.resolution import Bench, Knowledge, Moment, Resolution, resolution_of
from cdp_spark.identity.scope import News, Stored
from cdp_spark.identity.settings import IdentitySettings
from cdp_spark.identity.spells import named_people, shared_of, sittings_of, spells_of
from cdp_spark.identity.update import Changes, Update, update_of

__all__ = [
    "Bench",
    "Blast",
    "Changes",
    "Held",
    "IdentitySettings",
    "Knowledge",
    "Moment",
    "News",
    "People",
    "Renewal",
    "Resolution",
    "Stored",
    "Update",
    "approved_count",
    "assigned_customers",
    "blast_of",
    "changed_links",
    "components_of",
    "edges_of",
    "graph_of",
    "judged_identifiers",
    "lineage_of",
    "may_differ",
    "named_people",
    "oversized",
    "people_of",
    "renewed_resolution",
    "resolution_of",
    "shared_of",
    "sittings_of",
    "spells_of",
    "standing_decisions",
    "update_of",
    "wanted_links",
]
