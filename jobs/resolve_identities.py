"""Give every identifier seen so far one stable customer id.

Reads    silver.sighting, identity.link
Writes   identity.identifier, identity.edge, identity.lineage, identity.link
Purpose  operate
Rerun    safe: nothing new gives no new rows; links, which decide the ids, are committed last.
"""

from cdp_spark.identity import (
    IdentitySettings,
    assigned_customers,
    changed_links,
    components_of,
    edges_of,
    judged_identifiers,
    lineage_of,
    oversized,
)
from cdp_spark.lake import Lake, Replacement
from cdp_spark.launch import launch
from cdp_spark.tables.identity import EDGE, IDENTIFIER, LINEAGE, LINK
from cdp_spark.tables.silver import SIGHTING
from cdp_spark.terms.ownership import current_links


def run(lake: Lake, settings: IdentitySettings) -> None:
    """Resolve what was sighted."""
    rules, now = settings.identifiers, lake.run.started_at
    sightings = lake.read(SIGHTING)
    known = current_links(lake.read(LINK))
    if lake.changes(SIGHTING, of_like_run=True).isEmpty() and not known.isEmpty():
        return

    identifiers = lake.keep("identifiers", judged_identifiers(sightings, rules))
    edges = lake.keep("edges", edges_of(sightings, identifiers, rules))
    groups = components_of(identifiers, edges, settings, lake.keep)
    lake.expect_none(oversized(groups, settings), "no customer above merge.largest_cluster")

    assigned = assigned_customers(groups, known, rules)
    links = lake.keep("links", changed_links(assigned, identifiers, edges, known, now))
    lake.publish(
        {
            IDENTIFIER: Replacement(identifiers),
            EDGE: Replacement(edges),
            LINEAGE: lineage_of(links, known, now, lake.run.run_id),
            LINK: links,
        }
    )


if __name__ == "__main__":
    launch(run)
