"""What changed sightings affect: identifiers, and the sightings of their events.

An identifier with new sightings, or one that a changed event shows, gets its role again from all
its events. Where the role changes, the other identifiers of its events are affected too, because
their pairs are ranked again.
"""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.contraction import Materialize
from cdp_spark.identity.clusters.limited import (
    identifiers_before_limits,
)
from cdp_spark.identity.evidence.roles import final_hubs, identifiers_with_roles, with_bypassed
from cdp_spark.identity.incremental.stored import StoredIdentity, stored_rows
from cdp_spark.identity.stewardship.decisions import BYPASS, bypassed_identifiers
from cdp_spark.semantics.identifiers import IdentifierRule

_KEY = "identifier_key"


@dataclass(frozen=True)
class SightingChanges:
    """Rows of silver.sighting added and removed since the last run, and the tables that it left.

    `stored` has the current links. `sighting_count` counts all sightings there are now.
    """

    stored: StoredIdentity
    added: DataFrame
    removed: DataFrame
    sighting_count: int


@dataclass(frozen=True)
class Affected:
    """Identifiers whose evidence is computed again, with their sightings.

    `keys` has their identifier_key; `sightings` are all sightings of their events; `identifiers`
    has identity.identifier rows, before limits, of all that these show: recomputed for the affected
    ones, as stored for others. `hubs` are rows of identifiers that are not affected because only
    their counts and times can change. `stored` are the stored rows of all of them.
    """

    keys: DataFrame
    sightings: DataFrame
    identifiers: DataFrame
    hubs: DataFrame
    stored: DataFrame


def affected_by(
    sightings: DataFrame,
    changes: SightingChanges,
    active: DataFrame,
    rules: tuple[IdentifierRule, ...],
    materialize: Materialize,
) -> Affected:
    """Identifiers that the changes affect; those of decisions in force always are."""
    stored = changes.stored
    hubs = materialize("final_hubs", final_hubs(stored.identifiers, rules).select(_KEY))
    decided = active.where(F.col("decision") != BYPASS).select(_KEY)
    added = changes.added.select(_KEY).union(decided).join(hubs, on=_KEY, how="left_anti")
    first = materialize("affected_first", added.union(changes.removed.select(_KEY)).distinct())
    changed = (
        changes.added.select("event_key").union(changes.removed.select("event_key")).distinct()
    )
    seen = sightings_of_events(sightings, first, changed, materialize, "first")

    # An event that loses a sighting, or gains one later, ranks all its identifiers again.
    late = seen.join(changed, on="event_key", how="left_semi").join(
        changes.added, on=["event_key", _KEY], how="left_anti"
    )
    reopened = late.select("event_key").union(changes.removed.select("event_key")).distinct()
    shown = seen.join(reopened, on="event_key", how="left_semi").select(_KEY)
    affected, seen = _with_more_keys(sightings, (first, seen), shown, materialize, "reopened")

    found = materialize("affected_identifiers", _recomputed(seen, affected, active, rules))
    before = materialize("stored_shown", stored_rows(stored.identifiers, (seen, affected, active)))
    ranked = _ranked_again(seen, found, before)
    grown, seen = _with_more_keys(sightings, (affected, seen), ranked, materialize, "ranked")
    if grown is not affected:
        found = materialize("affected_again", _recomputed(seen, grown, active, rules))
        before = materialize("stored_again", stored_rows(stored.identifiers, (seen, grown, active)))

    hub_rows = materialize("affected_hubs", _counted_hubs(changes, before, hubs, grown))
    shown = seen.select(_KEY).union(active.select(_KEY)).distinct()
    rest = identifiers_before_limits(before).join(shown, on=_KEY, how="left_semi")
    for done in (grown, hub_rows):
        rest = rest.join(done, on=_KEY, how="left_anti")
    identifiers = found.unionByName(hub_rows).unionByName(rest.select(*found.columns))
    return Affected(grown, seen, materialize("shown_identifiers", identifiers), hub_rows, before)


def _ranked_again(seen: DataFrame, identifiers: DataFrame, stored: DataFrame) -> DataFrame:
    """identifier_key of all that is seen with an identifier of another role than before."""
    before = identifiers_before_limits(stored).select(_KEY, F.col("role").alias("was"))
    moved = identifiers.join(before, on=_KEY, how="inner").where(F.col("role") != F.col("was"))
    theirs = seen.join(moved, on=_KEY, how="left_semi").select("event_key").distinct()
    return seen.join(theirs, on="event_key", how="left_semi").select(_KEY)


def sightings_of_events(
    sightings: DataFrame,
    keys: DataFrame,
    events: DataFrame | None,
    materialize: Materialize,
    name: str,
) -> DataFrame:
    """All sightings of the events that show one of the identifiers, and of the given `events`."""
    shown = sightings.join(keys, on=_KEY, how="left_semi").select("event_key")
    shown = shown if events is None else shown.union(events)
    wanted = materialize(f"events_{name}", shown.distinct())
    return materialize(f"sightings_{name}", sightings.join(wanted, on="event_key", how="left_semi"))


def _with_more_keys(
    sightings: DataFrame,
    known: tuple[DataFrame, DataFrame],
    more: DataFrame,
    materialize: Materialize,
    name: str,
) -> tuple[DataFrame, DataFrame]:
    """Affected identifiers and the sightings of their events: those `known` so far, and more."""
    affected, seen = known
    added = materialize(f"more_{name}", more.distinct().join(affected, on=_KEY, how="left_anti"))
    if added.isEmpty():
        return known
    theirs = sightings_of_events(sightings, added, seen.select("event_key"), materialize, name)
    return materialize(f"affected_{name}", affected.union(added)), theirs


def _recomputed(
    seen: DataFrame, affected: DataFrame, active: DataFrame, rules: tuple[IdentifierRule, ...]
) -> DataFrame:
    mine = identifiers_with_roles(seen, rules).join(affected, on=_KEY, how="left_semi")
    return with_bypassed(mine, bypassed_identifiers(active))


def _counted_hubs(
    changes: SightingChanges, stored: DataFrame, hubs: DataFrame, affected: DataFrame
) -> DataFrame:
    """Rows of the hubs with new sightings, with these counted."""
    since = (
        changes.added.join(hubs, on=_KEY, how="left_semi")
        .join(affected, on=_KEY, how="left_anti")
        .groupBy(_KEY)
        .agg(
            F.min("event_at").alias("first"),
            F.max("event_at").alias("last"),
            F.count("*").alias("more"),
        )
    )
    return (
        stored.join(since, on=_KEY, how="inner")
        .withColumns(
            {
                "first_seen_at": F.least("first_seen_at", "first"),
                "last_seen_at": F.greatest("last_seen_at", "last"),
                "event_count": F.col("event_count") + F.col("more"),
            }
        )
        .select(*stored.columns)
    )
