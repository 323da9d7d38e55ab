"""Give every identifier seen so far one stable customer id.

Reads    identity.link, identity.decision, identity.approval, identity.identifier, identity.edge,
         identity.spell, silver.sighting
Writes   identity.identifier, identity.edge, identity.spell, identity.lineage, identity.link
Purpose  operate
Rerun    safe: nothing new gives no new rows; links, which decide the ids, are committed last.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity import (
    IdentitySettings,
    Knowledge,
    Moment,
    News,
    Renewal,
    Resolution,
    Stored,
    approved_count,
    blast_of,
    may_differ,
    renewed_resolution,
    resolution_of,
)
from cdp_spark.identity.settings import MergeSettings
from cdp_spark.lake import CHANGE, DELETED, ContractBroken, Lake, Overwrite
from cdp_spark.launch import launch
from cdp_spark.tables.identity import APPROVAL, DECISION, EDGE, IDENTIFIER, LINEAGE, LINK, SPELL
from cdp_spark.tables.silver import SIGHTING
from cdp_spark.terms.ownership import current_links

_TABLES = (IDENTIFIER, EDGE, SPELL, LINEAGE, LINK)


def run(lake: Lake, settings: IdentitySettings) -> None:
    """Resolve what was sighted; where little is new, around that alone."""
    # Asked first: a run that ends between this and the reads below is no longer as it was left.
    is_left = all(lake.is_as_left(one) for one in _TABLES)
    known = Knowledge(lake.read(SIGHTING), lake.read(LINK), lake.read(DECISION))
    current = current_links(known.links)
    stored = Stored(lake.read(IDENTIFIER), lake.read(EDGE), lake.read(SPELL), current)
    sighted = lake.changes(SIGHTING, of_like_run=True)
    decided = lake.changes(DECISION, of_like_run=True)
    now, since = lake.run.started_at, lake.last_read_at(SIGHTING)
    is_anew = current.isEmpty() or may_differ([decided], known.decisions, since, now)
    if not is_anew and sighted.isEmpty():
        return

    moment = Moment(now, lake.run.run_id)
    news = None if is_anew or not is_left else _news(lake, stored, sighted, settings.merge)
    renewal = renewed_resolution(known, news, settings, moment, lake) if news else None
    if renewal is None:
        _publish(lake, settings, current, resolution_of(known, settings, moment, lake))
    else:
        _publish(lake, settings, current, renewal.resolution, renewal)


def _news(lake: Lake, stored: Stored, sighted: DataFrame, merge: MergeSettings) -> News | None:
    """What came and went since the last run; none where all is to be resolved anew.

    So it is where little is known or much is new, and after other settings.
    """
    known = lake.read(SIGHTING).count()
    if not merge.renew_share or known < merge.renew_least or not lake.is_followed(SIGHTING):
        return None
    rows = lake.keep("news", sighted)
    if rows.count() > merge.renew_share * known:
        return None
    is_gone = F.col(CHANGE) == DELETED
    return News(stored, *(rows.where(which).drop(CHANGE) for which in (~is_gone, is_gone)))


def _publish(
    lake: Lake,
    settings: IdentitySettings,
    current: DataFrame,
    found: Resolution,
    within: Renewal | None = None,
) -> None:
    """Write what was found, if no more customers change than may."""
    blast = blast_of(found.lineage, current)
    may_change = approved_count(lake.read(APPROVAL), lake.run.started_at)
    if not blast.is_within(settings.merge.blast_radius) and blast.customers > may_change:
        raise ContractBroken(
            f"merge.blast_radius: {blast.customers:,} of {blast.known:,} customers would get other "
            f"ids ({blast.changes}); look at them with `cdp plan identity`, and allow it with "
            "`cdp plan identity --confirm`"
        )
    lake.publish(
        {
            IDENTIFIER: Overwrite(found.identifiers, within.identifiers_within if within else None),
            EDGE: Overwrite(found.edges, within.edges_within if within else None),
            SPELL: Overwrite(found.spells, within.spells_within if within else None),
            LINEAGE: found.lineage,
            LINK: found.links,
        }
    )


if __name__ == "__main__":
    launch(run)
