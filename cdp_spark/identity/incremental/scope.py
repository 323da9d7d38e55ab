"""What changed sightings affect: identifiers, their events, and customers that may merge or split.

An identifier with new sightings, or one that a changed event shows, gets its role again from all
its events. Where the role changes, the other identifiers of its events are affected too, because
their pairs are ranked again. The scope adds the customers that may merge or split: all that
evidence connects, including evidence cut by a limit. The change cannot affect any other customer.
"""

from dataclasses import dataclass, replace
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.components import component_labels
from cdp_spark.identity.clusters.contraction import Materialize, with_suffix
from cdp_spark.identity.clusters.limited import (
    edges_before_limits,
    identifiers_before_limits,
    was_live_before_limits,
)
from cdp_spark.identity.evidence.roles import final_hubs, identifiers_with_roles, with_bypassed
from cdp_spark.identity.settings import MergeSettings
from cdp_spark.identity.states import LIVE, OWN
from cdp_spark.identity.stewardship.decisions import BYPASS, STEWARD, bypassed_identifiers
from cdp_spark.semantics.identifiers import IdentifierRule

_KEY = "identifier_key"
_ENDS = ("left_key", "right_key")
_CUSTOMER = "customer"  # hashed with a customer id, so that it differs from an identifier


@dataclass(frozen=True)
class StoredIdentity:
    """The stored tables of identity.

    `links` are the current ones, or all of them where a function says so.
    """

    identifiers: DataFrame
    edges: DataFrame
    ownership: DataFrame
    links: DataFrame


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
class Past:
    """The tables before the change, and the few rows of them that it can affect.

    `stored` are the whole tables. `nearby` are their rows for the customers in scope: all current
    links of these, the identifiers of these or with an edge to them, all edges that end in one of
    those identifiers or that a steward decided, and all ownership. `given` has identifier_key and
    customer_id of ids that stewards gave back, or is None.
    """

    stored: StoredIdentity
    nearby: StoredIdentity
    given: DataFrame | None = None


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
    before = materialize("stored_shown", _stored_rows(stored.identifiers, (seen, affected, active)))
    ranked = _ranked_again(seen, found, before)
    grown, seen = _with_more_keys(sightings, (affected, seen), ranked, materialize, "ranked")
    if grown is not affected:
        found = materialize("affected_again", _recomputed(seen, grown, active, rules))
        before = materialize(
            "stored_again", _stored_rows(stored.identifiers, (seen, grown, active))
        )

    hub_rows = materialize("affected_hubs", _counted_hubs(changes, before, hubs, grown))
    shown = seen.select(_KEY).union(active.select(_KEY)).distinct()
    rest = identifiers_before_limits(before).join(shown, on=_KEY, how="left_semi")
    for done in (grown, hub_rows):
        rest = rest.join(done, on=_KEY, how="left_anti")
    identifiers = found.unionByName(hub_rows).unionByName(rest.select(*found.columns))
    return Affected(grown, seen, materialize("shown_identifiers", identifiers), hub_rows, before)


def _stored_rows(identifiers: DataFrame, parts: tuple[DataFrame, ...]) -> DataFrame:
    """Stored identifiers with an identifier_key in one of the parts."""
    keys = reduce(DataFrame.union, [part.select(_KEY) for part in parts]).distinct()
    return identifiers.join(keys, on=_KEY, how="left_semi")


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


def affected_scope(
    affected: Affected,
    evidence: DataFrame,
    before: tuple[StoredIdentity, DataFrame | None],
    merge: MergeSettings,
    materialize: Materialize,
) -> tuple[DataFrame, Past]:
    """identifier_key of all that may share a customer with an affected one, before limits.

    `evidence` are the new edges of the affected identifiers; `before` are the stored tables and the
    ids given back. Second, the stored rows of all of these: each table is searched once for them.
    """
    stored, given = before
    mine = materialize("affected_own", _own_before_or_now(affected))
    live = evidence.where(F.col("state") == LIVE).select(*_ENDS)
    ties = materialize(
        "ties", live.union(stored.edges.where(was_live_before_limits()).select(*_ENDS))
    )
    ends = reduce(DataFrame.union, [ties.select(F.col(end).alias(_KEY)) for end in _ENDS])
    nodes = materialize("tied", ends.union(mine).distinct())
    held = stored.links.join(nodes, on=_KEY, how="left_semi").select(_KEY, "customer_id")
    if given is not None:  # an id that is given back is taken from its present holder
        held = held.union(given.select(_KEY, "customer_id"))
    held = materialize("tied_customers", held.distinct())

    reached = materialize("scope_inside", _reached(mine, ties, held, merge, materialize))
    customers = held.withColumn("id", _customer_number()).join(reached, on="id", how="left_semi")
    customers = customers.select("customer_id").distinct()
    links = materialize(
        "nearby_links", stored.links.join(customers, on="customer_id", how="left_semi")
    )
    tied = nodes.withColumn("id", F.xxhash64(_KEY)).join(reached, on="id", how="left_semi")
    identifiers = _stored_rows(stored.identifiers, (mine, tied, links))
    identifiers = materialize("nearby_identifiers", identifiers)
    nearby = StoredIdentity(identifiers, stored.edges, stored.ownership, links)
    theirs = own_links(nearby).select(_KEY)
    inside = materialize("scope", mine.union(tied.select(_KEY)).union(theirs).distinct())
    ends = materialize("scope_ends", inside.union(affected.keys).distinct())
    edges = edges_ending_in(stored.edges, ends, is_decided=True)
    nearby = replace(nearby, edges=materialize("nearby_edges", edges))
    return inside, Past(stored, nearby, given)


def edges_ending_in(edges: DataFrame, keys: DataFrame, *, is_decided: bool = False) -> DataFrame:
    """The edges with an end among the keys; with `is_decided` also all that stewards decided."""
    marked = edges
    for end in _ENDS:
        mine = keys.select(F.col(_KEY).alias(end), F.lit(1).alias(f"{end}_in"))
        marked = marked.join(mine, on=end, how="left_outer")
    is_in = F.coalesce(*[f"{end}_in" for end in _ENDS]).isNotNull()
    if is_decided:
        is_in = is_in | (F.col("source") == STEWARD)
    return marked.where(is_in).select(*edges.columns)


def _reached(
    mine: DataFrame,
    ties: DataFrame,
    held: DataFrame,
    merge: MergeSettings,
    materialize: Materialize,
) -> DataFrame:
    """Hashes of the identifiers and customers in a component with one of `mine`."""
    graph = ties.select(F.xxhash64(_ENDS[0]).alias("src"), F.xxhash64(_ENDS[1]).alias("dst"))
    graph = graph.union(held.select(F.xxhash64(_KEY), _customer_number()))
    found = component_labels(
        materialize("scope_ties", graph), merge, with_suffix(materialize, "scope")
    )
    labels = materialize("scope_components", found)
    reached = mine.select(F.xxhash64(_KEY).alias("id")).join(labels, on="id", how="inner")
    reached = reached.select("component").distinct()
    return labels.join(reached, on="component", how="left_semi").select("id")


def _customer_number() -> Column:
    return F.xxhash64(F.lit(_CUSTOMER), F.col("customer_id"))


def _own_before_or_now(affected: Affected) -> DataFrame:
    was = affected.stored.join(affected.keys, on=_KEY, how="left_semi")
    now = affected.identifiers.join(affected.keys, on=_KEY, how="left_semi")
    own = [
        rows.where(F.col("role") == OWN).select(_KEY)
        for rows in (identifiers_before_limits(was), now)
    ]
    return own[0].union(own[1]).distinct()


def own_links(stored: StoredIdentity) -> DataFrame:
    """identifier_key, kind and customer_id of identifiers with the role own."""
    own = stored.identifiers.where(F.col("role") == OWN).select(_KEY)
    links = stored.links.join(own, on=_KEY, how="left_semi")
    return links.select(_KEY, "kind", "customer_id")


def links_of(
    stored: StoredIdentity,
    materialize: Materialize,
    *,
    keys: DataFrame | None = None,
    customers: DataFrame | None = None,
) -> DataFrame:
    """`own_links` of a few identifiers (identifier_key) and customers (customer_id)."""
    links = stored.links
    named = [(_KEY, keys), ("customer_id", customers)]
    wanted = [(column, rows.distinct()) for column, rows in named if rows is not None]
    if len(wanted) == 1:
        links = links.join(wanted[0][1], on=wanted[0][0], how="left_semi")
    else:
        for column, rows in wanted:
            marked = rows.select(column, F.lit(1).alias(f"{column}_in"))
            links = links.join(marked, on=column, how="left_outer")
        links = links.where(F.coalesce(*[f"{column}_in" for column, _ in wanted]).isNotNull())
    links = materialize("named_links", links.select(_KEY, "kind", "customer_id"))
    mine = _stored_rows(stored.identifiers.where(F.col("role") == OWN), (links,))
    return own_links(StoredIdentity(mine, stored.edges, stored.ownership, links))


def edges_inside(inside: DataFrame, affected: DataFrame, stored: StoredIdentity) -> DataFrame:
    """Stored live edges in the scope without an affected end, as they were before limits."""
    live = stored.edges.where((F.col("state") == LIVE) | was_live_before_limits())
    live = live.join(inside.select(F.col(_KEY).alias("left_key")), on="left_key", how="left_semi")
    for end in _ENDS:
        live = live.join(affected.select(F.col(_KEY).alias(end)), on=end, how="left_anti")
    return edges_before_limits(live).select(*stored.edges.columns)
