"""Identity after a change of sightings, at the cost of what the change touches.

The steps are those of a resolution of all that was sighted, and what comes out is the same: they
get the identifiers, evidence and people around the change alone, and what is known of others where
a step asks for it.
"""

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.identity.blocks import SHARED
from cdp_spark.identity.components import components_of
from cdp_spark.identity.contraction import Keep
from cdp_spark.identity.customers import Held, assigned_customers
from cdp_spark.identity.decisions import STEWARD, asserted, standing_decisions
from cdp_spark.identity.evidence import counted_pairs, edges_of, more_counted, rated, with_decided
from cdp_spark.identity.limits import Told, as_judged, is_limited
from cdp_spark.identity.lineage import lineage_of
from cdp_spark.identity.links import changed_links, wanted_links
from cdp_spark.identity.people import People, told_by
from cdp_spark.identity.resolution import Bench, Knowledge, Moment, Resolution, bounded_people
from cdp_spark.identity.scope import (
    News,
    Past,
    Stored,
    Touched,
    around,
    edges_inside,
    ending_in,
    events_showing,
    links_of,
    own_links,
    touched_by,
)
from cdp_spark.identity.settings import IdentitySettings
from cdp_spark.identity.spells import named_people, sittings_of, spells_of
from cdp_spark.tables.identity import EDGE
from cdp_spark.terms.ownership import current_links

_KEY = "identifier_key"
_ENDS = ("left_key", "right_key")


@dataclass(frozen=True)
class Renewal:
    """What of a resolution is other than before, and where the tables are to be made equal to it.

    Stored rows of identity.identifier, .edge and .spell that match `identifiers_within`,
    `edges_within` and `spells_within` and that the resolution does not tell of are gone.
    """

    resolution: Resolution
    identifiers_within: DataFrame
    edges_within: DataFrame
    spells_within: DataFrame


@dataclass(frozen=True)
class _Part:
    """What the steps hand on: all that is known, what is touched, and the people around it."""

    known: Knowledge
    past: Past
    touched: Touched
    people: People
    keep: Keep


def renewed_resolution(
    known: Knowledge, news: News, settings: IdentitySettings, moment: Moment, bench: Bench
) -> Renewal | None:
    """Whose every identifier is after the news, and what that changes.

    None where the news touch so much that a resolution of all is sooner done, see
    merge.renew_reach. `known` is what a resolution of all is made from, decisions as they were
    before the news.

    Raises:
        ComponentsWrong: an engine's answer contradicts the graph.
        Exception: what the bench raises where components or customers are too large.
    """
    keep, stored = bench.keep, news.stored
    standing = keep("decisions", standing_decisions(known.decisions, moment.at))
    told = None if standing.isEmpty() else told_by(standing, settings.merge, keep)
    touched = touched_by(known.sightings, news, standing, settings.rules, keep)
    if touched.sightings.count() > settings.merge.renew_reach * news.known_count:
        return None
    evidence = keep("evidence", _evidence(touched, news, standing, told, settings))
    given = None if told is None else keep("given_ids", asserted(standing))
    inside, past = around(touched, evidence, (stored, given), settings.merge, keep)
    judged = keep("judged_inside", _judged(touched, inside, past.nearby))
    edges = evidence.unionByName(edges_inside(inside, touched.keys, past.nearby))
    edges = keep("edges_inside", edges)
    groups = components_of(judged, edges, settings.merge, keep)
    people = bounded_people(People(judged, edges, groups), settings, told, bench)
    part = _Part(known, past, touched, people, keep)
    return _renewed(part, settings, moment)


def _renewed(part: _Part, settings: IdentitySettings, moment: Moment) -> Renewal:
    """What follows from the people."""
    people, keep, stored = part.people, part.keep, part.past.stored
    anew = people.identifiers.select(_KEY).union(part.touched.keys)
    anew = keep("anew", anew.distinct())
    held = _held(part, anew)
    assigned = keep("assigned", assigned_customers(people.groups, held, settings.rules, keep))
    lent = keep("lent", _lent(part, assigned))
    spells = keep("spells", _spells(part, lent, settings))
    spells, looked_at = _with_siblings(part, spells, anew.union(lent))
    before = keep("links_before", stored.links.join(looked_at, on=_KEY, how="left_semi"))
    others = _as_assigned(spells, before, looked_at, part)
    whose = keep("whose", assigned.unionByName(others))
    wanted = wanted_links(whose, people.identifiers, people.edges, spells, before)
    wanted = keep("wanted_links", wanted)
    links = keep("links", changed_links(wanted, before, moment.at))
    lineage = keep("lineage", _lineage(part, links, before, moment))
    found = Resolution(people.identifiers, people.edges, spells, links, lineage)
    return Renewal(found, anew, _pairs_within(part), looked_at)


def _evidence(
    touched: Touched,
    news: News,
    standing: DataFrame,
    told: Told | None,
    settings: IdentitySettings,
) -> DataFrame:
    """Edges of what is touched, of hubs that arrived together, and those that stewards decided."""
    found = edges_of(touched.sightings, touched.judged, settings)
    mine = ending_in(found, touched.keys)
    # Hubs are few or none, and all else that arrived is touched.
    among_hubs = news.arrived.join(touched.hubs, on=_KEY, how="left_semi").select("event_key")
    among_hubs = news.arrived.join(among_hubs.distinct(), on="event_key", how="left_semi")
    pairs = counted_pairs(among_hubs, touched.judged, settings)
    for end in ("left", "right"):
        keys = touched.keys.select(F.col(_KEY).alias("key"))
        pairs = pairs.join(keys, pairs[end][_KEY] == keys["key"], how="left_anti")
    hubs = rated(more_counted(news.stored.edges, pairs, touched.judged), settings)
    evidence = mine.unionByName(hubs)
    if told is None:
        return evidence
    return with_decided(evidence, standing, told.named, touched.judged)


def _judged(touched: Touched, inside: DataFrame, stored: Stored) -> DataFrame:
    """identity.identifier rows, before limits, of what is touched, of hubs, and of all inside."""
    keys = inside.union(touched.keys).union(touched.hubs.select(_KEY)).distinct()
    anew = touched.judged.join(keys, on=_KEY, how="left_semi")
    rest = stored.identifiers.join(inside, on=_KEY, how="left_semi")
    rest = as_judged(rest).join(touched.judged, on=_KEY, how="left_anti")
    rest = rest.join(touched.keys, on=_KEY, how="left_anti")  # what nothing shows any more
    return anew.unionByName(rest.select(*anew.columns))


def _with_siblings(
    part: _Part, spells: DataFrame, looked_at: DataFrame
) -> tuple[DataFrame, DataFrame]:
    """The spells, with those of what has a span of nobody's that begins in the same event as one.

    A tablet's cookie and its advertising id are one unknown customer's then: the ids that both had
    count. Also identifier_key of all that is looked at.
    """
    looked_at = part.keep("looked_at", looked_at.distinct())
    stored, is_nobodys = part.past.stored.spells, F.col("anchor_key").isNull()
    begun = spells.where(is_nobodys).select("first_event_key").distinct()
    beside = stored.where(is_nobodys).join(begun, on="first_event_key", how="left_semi")
    beside = beside.join(looked_at, on=_KEY, how="left_anti").select(_KEY).distinct()
    beside = part.keep("siblings", beside)
    if beside.isEmpty():
        return spells, looked_at
    theirs = stored.join(beside, on=_KEY, how="left_semi").select(*spells.columns)
    both = part.keep("spells_beside", spells.unionByName(theirs))
    return both, part.keep("looked_at_beside", looked_at.union(beside))


def _lent(part: _Part, assigned: DataFrame) -> DataFrame:
    """identifier_key of what is shared and touched, or seen with who is not who they were.

    `assigned` has the customer_id that each identifier_key in a group has now.
    """
    mine, owned = part.people.identifiers, own_links(part.past.nearby)
    renamed = assigned.join(owned, on=_KEY, how="inner").where(
        assigned["customer_id"] != owned["customer_id"]
    )
    moved = part.keep("moved", _moved(part).union(renamed.select(_KEY)).distinct())
    tables = (part.people.edges, part.past.nearby.edges)
    # An event's evidence goes by who is strongest before limits, its spell by who is after them.
    parted = [_other_ends(edges.where(is_limited()), moved) for edges in tables]
    who = part.keep("moved_or_parted", reduce(DataFrame.union, parted, moved).distinct())
    beside = reduce(DataFrame.union, [_other_ends(edges, who) for edges in tables]).distinct()
    known = part.past.stored.identifiers.where(F.col("role") == SHARED).select(_KEY)
    others = known.join(beside, on=_KEY, how="left_semi").join(mine, on=_KEY, how="left_anti")
    return mine.where(F.col("role") == SHARED).select(_KEY).union(others)


def _other_ends(edges: DataFrame, keys: DataFrame) -> DataFrame:
    """identifier_key of what an edge ties to one of the keys."""
    ends = [
        edges.join(keys.select(F.col(_KEY).alias(end)), on=end, how="left_semi").select(
            F.col(other).alias(_KEY)
        )
        for end, other in (_ENDS, _ENDS[::-1])
    ]
    return ends[0].union(ends[1])


def _moved(part: _Part) -> DataFrame:
    """identifier_key of who is or was in a group that is not the one of before."""
    keys = part.people.identifiers.select(_KEY).union(part.touched.keys).distinct()
    before = own_links(part.past.nearby).join(keys, on=_KEY, how="left_semi")
    before = before.select(_KEY, "customer_id")
    both = part.people.groups.select(_KEY, "component").join(before, on=_KEY, how="full_outer")
    both = part.keep("groups_before", both)
    sides = (("component", "customer_id"), ("customer_id", "component"))
    moved = [both.join(_mixed(both, *side), on=side[0], how="left_semi") for side in sides]
    return moved[0].select(_KEY).union(moved[1].select(_KEY)).distinct()


def _mixed(both: DataFrame, one: str, other: str) -> DataFrame:
    """Those of one partition that are not exactly one of the other."""
    counts = both.where(F.col(one).isNotNull()).groupBy(one)
    told = counts.agg(
        F.count_distinct(other).alias("others"), F.count_if(F.col(other).isNull()).alias("lost")
    )
    return told.where((F.col("others") != 1) | (F.col("lost") > 0)).select(one)


def _spells(part: _Part, lent: DataFrame, settings: IdentitySettings) -> DataFrame:
    """identity.spell rows of what is lent."""
    seen = _sightings_of(lent, part)
    others = part.keep("other_people", _others(seen, lent, part))
    groups = part.people.groups.select(_KEY, "kind", "component").unionByName(others)
    named = named_people(groups, settings.rules)
    sittings = sittings_of(seen, lent, named, settings.spells, settings.rules)
    sittings = part.keep("sittings", sittings)
    return spells_of(sittings, settings.spells, settings.rules, part.keep)


def _sightings_of(lent: DataFrame, part: _Part) -> DataFrame:
    """All sightings of the events that show something lent, and maybe of others."""
    touched = part.touched
    more = part.keep("lent_more", lent.join(touched.keys, on=_KEY, how="left_anti"))
    if more.isEmpty():
        return touched.sightings
    theirs = events_showing(part.known.sightings, more, None, part.keep, "lent")
    theirs = theirs.join(touched.sightings.select("event_key"), on="event_key", how="left_anti")
    return touched.sightings.unionByName(theirs.select(*touched.sightings.columns))


def _others(seen: DataFrame, lent: DataFrame, part: _Part) -> DataFrame:
    """identifier_key, kind and component of people not looked at who say who they are there."""
    events = seen.join(lent, on=_KEY, how="left_semi").select("event_key")
    shown = seen.join(events, on="event_key", how="left_semi").select(_KEY).distinct()
    shown = shown.join(part.people.identifiers, on=_KEY, how="left_anti")
    shown = part.keep("shown_elsewhere", shown)
    customers = links_of(part.past.stored, part.keep, keys=shown).select("customer_id")
    customers = part.keep("customers_elsewhere", customers.distinct())
    theirs = links_of(part.past.stored, part.keep, customers=customers)
    whose = Window.partitionBy("customer_id")
    component = F.min(F.xxhash64(_KEY)).over(whose)  # the name that a component goes by
    return theirs.select(_KEY, "kind", component.alias("component"))


def _pairs_within(part: _Part) -> DataFrame:
    """Keys of all edges that may not be as they were.

    Whole keys: of two hubs only the sources that were heard of are looked at.
    """
    stored = part.past.nearby.edges
    decided = stored.where(F.col("source") == STEWARD)
    parts = (part.people.edges, ending_in(stored, part.touched.keys), decided)
    return reduce(DataFrame.union, [rows.select(*EDGE.key) for rows in parts]).distinct()


def _held(part: _Part, anew: DataFrame) -> Held:
    """What is known of the ids that the groups have or had."""
    mine = part.keep("history", part.known.links.join(part.people.groups, on=_KEY, how="left_semi"))
    nearby = part.past.nearby
    customers = mine.select("customer_id").distinct()
    former = customers.join(nearby.links, on="customer_id", how="left_anti")
    former = part.keep("former_ids", former)
    held = own_links(nearby).unionByName(links_of(part.past.stored, part.keep, customers=former))
    held = held.join(customers, on="customer_id", how="left_semi")
    others = held.join(anew, on=_KEY, how="left_anti")
    return Held(mine, part.past.given, others.select("customer_id").distinct())


def _lineage(part: _Part, links: DataFrame, before: DataFrame, moment: Moment) -> DataFrame:
    """identity.lineage rows; of ids that change all that they have and had is looked at."""
    ids = part.keep("changed_ids", _changed_ids(before, links))
    theirs = part.known.links.join(ids, on="customer_id", how="left_semi")
    theirs = part.keep("changed_history", theirs.select(*links.columns))
    elsewhere = current_links(theirs).join(before, on=_KEY, how="left_anti")
    rest = before.join(ids, on="customer_id", how="left_anti").select(*links.columns)
    after, history = links.unionByName(elsewhere), theirs.unionByName(rest)
    return lineage_of(after, history, moment.at, moment.run_id)


def _changed_ids(before: DataFrame, links: DataFrame) -> DataFrame:
    """customer_id of who got or lost an identifier."""
    pairs = [rows.select(_KEY, "customer_id").distinct() for rows in (before, current_links(links))]
    changed = [one.join(other, on=[_KEY, "customer_id"], how="left_anti").select("customer_id")
               for one, other in (pairs, pairs[::-1])]  # fmt: skip
    return changed[0].union(changed[1]).distinct()


def _as_assigned(
    spells: DataFrame, before: DataFrame, looked_at: DataFrame, part: _Part
) -> DataFrame:
    """identifier_key and customer_id of people not looked at: who anchor spells or were linked."""
    anchors = spells.select(F.col("anchor_key").alias(_KEY)).where(F.col(_KEY).isNotNull())
    anchors = part.keep("anchors", anchors.distinct().join(looked_at, on=_KEY, how="left_anti"))
    customers = part.keep("customers_before", before.select("customer_id").distinct())
    theirs = links_of(part.past.stored, part.keep, keys=anchors, customers=customers)
    theirs = theirs.join(looked_at, on=_KEY, how="left_anti")
    return theirs.select(_KEY, "customer_id").distinct()
