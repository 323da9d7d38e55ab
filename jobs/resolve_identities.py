"""Give every identifier seen so far one stable customer id.

Reads    identity.link, identity.decision, identity.approval, identity.identifier, identity.edge,
         identity.ownership, silver.sighting
Writes   identity.identifier, identity.edge, identity.ownership, identity.lineage, identity.link
Purpose  operate
Rerun    safe: no new rows in, no new rows out; links, which hold the ids, are committed last.
"""

from cdp_spark.identity import IdentityChanges, IdentityInputs, IdentitySettings, update_of
from cdp_spark.identity.incremental.stored import StoredIdentity
from cdp_spark.identity.resolution import RunStamp
from cdp_spark.lake import ContractBroken, Lake
from cdp_spark.launch import launch
from cdp_spark.semantics.ownership import current_links
from cdp_spark.tables.identity import APPROVAL, DECISION, EDGE, IDENTIFIER, LINEAGE, LINK, OWNERSHIP
from cdp_spark.tables.silver import SIGHTING


def run(lake: Lake, settings: IdentitySettings) -> None:
    """Resolve new sightings; incrementally where they are few."""
    inputs = IdentityInputs(lake.read(SIGHTING), lake.read(LINK), lake.read(DECISION))
    identifiers, edges, ownership = map(lake.read, (IDENTIFIER, EDGE, OWNERSHIP))
    stored = StoredIdentity(identifiers, edges, ownership, current_links(inputs.links))
    written = (IDENTIFIER, EDGE, OWNERSHIP, LINEAGE, LINK)
    is_unchanged = all(map(lake.is_unchanged_by_others, written))
    changes = IdentityChanges(
        stored=stored,
        sighted=lake.changes(SIGHTING, of_same_setup=True),
        decided=lake.changes(DECISION, of_same_setup=True),
        since=lake.last_read_at(SIGHTING),
        known_count=lake.table_count(SIGHTING),
        is_followed=is_unchanged and lake.has_previous_read(SIGHTING),
    )
    now = lake.run.started_at
    found = update_of(inputs, changes, settings, RunStamp(now, lake.run.run_id), lake)
    if found is None:
        return
    if error := found.blast_radius_error(settings.merge, lake.read(APPROVAL), now):
        raise ContractBroken(error)
    lake.publish(found.writes)


if __name__ == "__main__":
    launch(run)
