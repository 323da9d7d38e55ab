"""A run of identity: whether there is anything to do, how much of it, and what is to be written.

Nothing new is nothing to do. After a small change only what it reaches is resolved; after a large
one, other settings, code or decisions, or where the tables are not as the last run left them, all
is.
"""

from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.blast import approved_count, blast_of
from cdp_spark.identity.decisions import may_differ
from cdp_spark.identity.renewal import Renewal, renewed_resolution
from cdp_spark.identity.resolution import Bench, Knowledge, Moment, resolution_of
from cdp_spark.identity.scope import News, Stored
from cdp_spark.identity.settings import IdentitySettings, MergeSettings
from cdp_spark.tables import Table
from cdp_spark.tables.identity import EDGE, IDENTIFIER, LINEAGE, LINK, SPELL
from cdp_spark.tables.writes import Overwrite, Write

_DELETED = "delete"


@dataclass(frozen=True)
class Changes:
    """What is new since the job's last finished run, and what that run left.

    `stored` has the current links. `sighted` and `decided` are changes of silver.sighting and
    identity.decision, `since` is when that run began. `known_count` counts all sightings.
    `is_followed`: the changes are those since a run with the same settings and code, and the
    tables of identity are as it left them.
    """

    stored: Stored
    sighted: DataFrame
    decided: DataFrame
    since: datetime | None
    known_count: int
    is_followed: bool


@dataclass(frozen=True)
class Update:
    """What is to be written, by table in the order of the commits: links, which decide ids, last.

    `lineage` are the changes of ids, `current` the links before.
    """

    writes: dict[Table, Write]
    lineage: DataFrame
    current: DataFrame

    def refusal(self, merge: MergeSettings, approvals: DataFrame, now: datetime) -> str | None:
        """Why so many customers may not change without anybody having looked; none if they may."""
        least = merge.blast_radius.least
        blast = blast_of(self.lineage, self.current, counted_above=least)
        if blast.is_within(merge.blast_radius) or blast.customers <= approved_count(approvals, now):
            return None
        return (
            f"merge.blast_radius: {blast.customers:,} of {blast.known or 0:,} customers would get "
            f"other ids ({blast.changes}); look at them with `cdp plan identity`, and allow it "
            "with `cdp plan identity --confirm`"
        )


def update_of(
    known: Knowledge, changes: Changes, settings: IdentitySettings, moment: Moment, bench: Bench
) -> Update | None:
    """What a run writes; none where there is nothing to do.

    Raises:
        ComponentsWrong: an engine's answer contradicts the graph.
        Exception: what the bench raises where components or customers are too large.
    """
    stored = changes.stored
    is_rebuilt = stored.links.isEmpty() or may_differ(
        [changes.decided], known.decisions, changes.since, moment.at
    )
    if not is_rebuilt and changes.sighted.isEmpty():
        return None
    renewal = None
    if changes.is_followed and not is_rebuilt:
        renewal = _renewal(known, changes, settings, moment, bench)
    found = renewal.resolution if renewal else resolution_of(known, settings, moment, bench)
    writes: dict[Table, Write] = {
        IDENTIFIER: Overwrite(found.identifiers, renewal.identifiers_within if renewal else None),
        EDGE: Overwrite(found.edges, renewal.edges_within if renewal else None),
        SPELL: Overwrite(found.spells, renewal.spells_within if renewal else None),
        LINEAGE: found.lineage,
        LINK: found.links,
    }
    return Update(writes, found.lineage, stored.links)


def _renewal(
    known: Knowledge, changes: Changes, settings: IdentitySettings, moment: Moment, bench: Bench
) -> Renewal | None:
    """The resolution around what changed; none where little is known or much is new."""
    merge = settings.merge
    if not merge.renew_share or changes.known_count < merge.renew_least:
        return None
    rows = bench.keep("news", changes.sighted)
    if rows.count() > merge.renew_share * changes.known_count:
        return None
    is_gone = F.col("change") == _DELETED
    arrived, gone = (rows.where(which).drop("change") for which in (~is_gone, is_gone))
    news = News(changes.stored, arrived, gone, changes.known_count)
    return renewed_resolution(known, news, settings, moment, bench)
