"""A run of identity: nothing, an incremental run or a full rebuild, and the rows to be written.

Without changes there is nothing to do. After a small change the run is incremental. After a large
one, after a change of settings, code or decisions, or where the tables are not as the last run left
them, it is a full rebuild.
"""

from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.incremental.affected import SightingChanges
from cdp_spark.identity.incremental.resolution import IncrementalResolution, incremental_resolution
from cdp_spark.identity.incremental.stored import StoredIdentity
from cdp_spark.identity.resolution import IdentityInputs, IdentityLake, RunStamp, resolution_of
from cdp_spark.identity.settings import IdentitySettings, MergeSettings
from cdp_spark.identity.stewardship.blast_radius import blast_radius_error, customer_changes_of
from cdp_spark.identity.stewardship.decisions import is_rebuild_needed
from cdp_spark.tables import Table
from cdp_spark.tables.identity import EDGE, IDENTIFIER, LINEAGE, LINK, OWNERSHIP
from cdp_spark.tables.writes import Overwrite, Write

_DELETED = "delete"


@dataclass(frozen=True)
class IdentityChanges:
    """Changes since the job's last finished run, and the tables that it left.

    `stored` has the current links. `sighted` and `decided` are changes of silver.sighting and
    identity.decision, `since` is when that run began. `known_count` counts all sightings.
    `is_followed`: that run had the same settings and code, and the tables of identity are as it
    left them.
    """

    stored: StoredIdentity
    sighted: DataFrame
    decided: DataFrame
    since: datetime | None
    known_count: int
    is_followed: bool


@dataclass(frozen=True)
class Update:
    """Rows to write, by table in the order of the commits: links, which decide ids, last.

    `lineage` are the changes of ids, `current` the links before.
    """

    writes: dict[Table, Write]
    lineage: DataFrame
    current: DataFrame

    def blast_radius_error(
        self, merge: MergeSettings, approvals: DataFrame, now: datetime
    ) -> str | None:
        """Why the run may not change so many customers without an approval; None if it may."""
        least = merge.blast_radius.least
        changes = customer_changes_of(self.lineage, self.current, counted_above=least)
        return blast_radius_error(changes, merge.blast_radius, approvals, now)


def update_of(
    inputs: IdentityInputs,
    changes: IdentityChanges,
    settings: IdentitySettings,
    stamp: RunStamp,
    lake: IdentityLake,
) -> Update | None:
    """Rows that a run writes; None where there is nothing to do.

    Raises:
        ComponentsWrong: an engine's answer contradicts the graph.
        Exception: raised by the lake where components or customers are too large.
    """
    stored = changes.stored
    is_rebuilt = stored.links.isEmpty() or is_rebuild_needed(
        [changes.decided], inputs.decisions, changes.since, stamp.at
    )
    if not is_rebuilt and changes.sighted.isEmpty():
        return None
    incremental = None
    if changes.is_followed and not is_rebuilt:
        incremental = _incremental(inputs, changes, settings, stamp, lake)
    found = incremental.resolution if incremental else resolution_of(inputs, settings, stamp, lake)
    writes: dict[Table, Write] = {
        IDENTIFIER: Overwrite(
            found.identifiers, incremental.identifiers_scope if incremental else None
        ),
        EDGE: Overwrite(found.edges, incremental.edges_scope if incremental else None),
        OWNERSHIP: Overwrite(found.ownership, incremental.ownership_scope if incremental else None),
        LINEAGE: found.lineage,
        LINK: found.links,
    }
    return Update(writes, found.lineage, stored.links)


def _incremental(
    inputs: IdentityInputs,
    changes: IdentityChanges,
    settings: IdentitySettings,
    stamp: RunStamp,
    lake: IdentityLake,
) -> IncrementalResolution | None:
    """The incremental resolution; None where there are few sightings or many changes."""
    merge = settings.merge
    if not merge.incremental_max_new_share or changes.known_count < merge.incremental_min_sightings:
        return None
    rows = lake.materialize("sighting_changes", changes.sighted)
    if rows.count() > merge.incremental_max_new_share * changes.known_count:
        return None
    is_removed = F.col("change") == _DELETED
    added, removed = (rows.where(is_kind).drop("change") for is_kind in (~is_removed, is_removed))
    sighting_changes = SightingChanges(changes.stored, added, removed, changes.known_count)
    return incremental_resolution(inputs, sighting_changes, settings, stamp, lake)
