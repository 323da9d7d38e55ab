"""Give every identifier seen so far one stable customer id.

Reads    identity.link, identity.decision, identity.approval, silver.sighting
Writes   identity.identifier, identity.edge, identity.spell, identity.lineage, identity.link
Purpose  operate
Stream   no: an identifier's role depends on all its sightings; use --follow.
Rerun    safe: nothing new gives no new rows; links, which decide the ids, are committed last.
"""

from cdp_spark.identity import (
    IdentitySettings,
    Knowledge,
    Moment,
    approved_count,
    blast_of,
    may_differ,
    resolution_of,
)
from cdp_spark.lake import ContractBroken, Lake, Replacement
from cdp_spark.launch import launch
from cdp_spark.tables.identity import APPROVAL, DECISION, EDGE, IDENTIFIER, LINEAGE, LINK, SPELL
from cdp_spark.tables.silver import SIGHTING
from cdp_spark.terms.ownership import current_links


def run(lake: Lake, settings: IdentitySettings) -> None:
    """Resolve what was sighted."""
    now = lake.run.started_at
    known = Knowledge(lake.read(SIGHTING), lake.read(LINK), lake.read(DECISION))
    current = current_links(known.links)
    changes = [lake.changes(table, of_like_run=True) for table in (SIGHTING, DECISION)]
    since = lake.last_read_at(SIGHTING)
    if not current.isEmpty() and not may_differ(changes, known.decisions, since, now):
        return

    found = resolution_of(known, settings, Moment(now, lake.run.run_id), lake)
    blast = blast_of(found.lineage, current)
    may_change = approved_count(lake.read(APPROVAL), now)
    if not blast.is_within(settings.merge.blast_radius) and blast.customers > may_change:
        raise ContractBroken(
            f"merge.blast_radius: {blast.customers:,} of {blast.known:,} customers would get other "
            f"ids ({blast.changes}); look at them with `cdp plan identity`, and allow it with "
            "`cdp plan identity --confirm`"
        )
    lake.publish(
        {
            IDENTIFIER: Replacement(found.identifiers),
            EDGE: Replacement(found.edges),
            SPELL: Replacement(found.spells),
            LINEAGE: found.lineage,
            LINK: found.links,
        }
    )


if __name__ == "__main__":
    launch(run)
