"""Give every identifier seen so far one stable customer id.

Reads    silver.sighting, identity.link
Writes   identity.identifier, identity.edge, identity.spell, identity.lineage, identity.link
Purpose  operate
Rerun    safe: nothing new gives no new rows; links, which decide the ids, are committed last.
"""

from cdp_spark.identity import (
    IdentitySettings,
    assigned_customers,
    changed_links,
    edges_of,
    judged_identifiers,
    lineage_of,
    oversized,
    people_of,
    shared_of,
    spells_of,
    wanted_links,
)
from cdp_spark.lake import Lake, Replacement
from cdp_spark.launch import launch
from cdp_spark.tables.identity import EDGE, IDENTIFIER, LINEAGE, LINK, SPELL
from cdp_spark.tables.silver import SIGHTING
from cdp_spark.terms.ownership import current_links


def run(lake: Lake, settings: IdentitySettings) -> None:
    """Resolve what was sighted."""
    rules, now = settings.identifiers, lake.run.started_at
    sightings = lake.read(SIGHTING)
    known = current_links(lake.read(LINK))
    if lake.changes(SIGHTING, of_like_run=True).isEmpty() and not known.isEmpty():
        return

    judged = lake.keep("judged", judged_identifiers(sightings, rules))
    evidence = lake.keep("evidence", edges_of(sightings, judged, rules))
    people = people_of(judged, evidence, settings, lake.keep)
    too_large = oversized(people.groups, settings.merge)
    lake.expect_none(too_large, "no customer above merge.largest_cluster")

    shared = shared_of(people.identifiers)
    spells = spells_of(sightings, shared, people.groups, settings.spells, rules)
    spells = lake.keep("spells", spells)
    assigned = assigned_customers(people.groups, known, rules)
    wanted = wanted_links(assigned, people.identifiers, people.edges, spells)
    links = lake.keep("links", changed_links(wanted, known, now))
    lake.publish(
        {
            IDENTIFIER: Replacement(people.identifiers),
            EDGE: Replacement(people.edges),
            SPELL: Replacement(spells),
            LINEAGE: lineage_of(links, known, now, lake.run.run_id),
            LINK: links,
        }
    )


if __name__ == "__main__":
    launch(run)
