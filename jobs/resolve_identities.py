"""Give every identifier seen so far one stable customer id.

Reads    identity.link, silver.sighting
Writes   identity.identifier, identity.edge, identity.spell, identity.lineage, identity.link
Purpose  operate
Stream   no: an identifier's role depends on all its sightings; use --follow.
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
    named_people,
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
    rules, merge, now = settings.identifiers, settings.merge, lake.run.started_at
    sightings = lake.read(SIGHTING)
    known = current_links(lake.read(LINK))
    if lake.changes(SIGHTING, of_like_run=True).isEmpty() and not known.isEmpty():
        return

    judged = lake.keep("judged", judged_identifiers(sightings, rules))
    evidence = lake.keep("evidence", edges_of(sightings, judged, rules))
    groups = components_of(judged, evidence, merge, lake.keep)
    unwieldy = oversized(groups, merge.largest_component)
    lake.expect_none(unwieldy, "no component above merge.largest_component")
    people = people_of(judged, evidence, groups, settings, lake.keep)
    too_large = oversized(people.groups, merge.largest_cluster)
    lake.expect_none(too_large, "no customer above merge.largest_cluster")

    shared, named = shared_of(people.identifiers), named_people(people.groups, rules)
    spells = lake.keep("spells", spells_of(sightings, shared, named, settings.spells, rules))
    assigned = assigned_customers(people.groups, known, rules)
    wanted = wanted_links(assigned, people.identifiers, people.edges, spells, known)
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
