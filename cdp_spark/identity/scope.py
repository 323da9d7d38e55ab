"""What a change of sightings reaches: which identifiers are looked at again, with which events.

An identifier that came, or that a changed event shows, is judged anew by all its events. Where that
gives it another role, what else its events show is touched too, because their pairs are ranked
anew. Around what is touched lie the customers who may merge or part: those whom evidence ties
together, be it cut by a limit or not. Nobody else's identifiers can join or part by the change.
"""

from dataclasses import dataclass, replace
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.blocks import OWN, judged_identifiers, settled_hubs, with_bypassed
from cdp_spark.identity.components import found_components
from cdp_spark.identity.contraction import Keep, named_apart
from cdp_spark.identity.decisions import BYPASS, STEWARD, bypassed
from cdp_spark.identity.evidence import LIVE
from cdp_spark.identity.limits import as_found, as_judged, is_limited
from cdp_spark.identity.settings import MergeSettings
from cdp_spark.terms.identifiers import IdentifierRule

_KEY = "identifier_key"
_ENDS = ("left_key", "right_key")
_CUSTOMER = "customer"  # before an id, so that its number is not an identifier's


@dataclass(frozen=True)
class Stored:
    """The tables of identity: identifiers, edges and spells as they are, and links.

    `links` are those that are current, or all there ever were, as whoever asks for them says.
    """

    identifiers: DataFrame
    edges: DataFrame
    spells: DataFrame
    links: DataFrame


@dataclass(frozen=True)
class News:
    """What the last run left, and rows of silver.sighting that came and that went since.

    Of the links `stored` has the current ones. `known_count` counts all sightings there are now.
    """

    stored: Stored
    arrived: DataFrame
    gone: DataFrame
    known_count: int


@dataclass(frozen=True)
class Past:
    """The tables before the change, and the few rows of them that it can reach.

    `stored` are the whole tables. `nearby` are their rows for the affected customers: all current
    links of these, the identifiers that they have or had a tie to, and all edges that end in one
    of those identifiers or that a steward decided; its spells are all. `given` has identifier_key
    and customer_id: ids that stewards gave back, none where they didn't.
    """

    stored: Stored
    nearby: Stored
    given: DataFrame | None = None


@dataclass(frozen=True)
class Touched:
    """Identifiers that are looked at anew, and all that is known of them.

    `keys` has their identifier_key; `sightings` are all sightings of their events; `judged` has
    the rows of identity.identifier, before limits, of all that these show: those touched by their
    events, others as they are stored. `hubs` are rows of those left out because nothing can change
    but when and how often they were seen. `stored` are the stored rows of identity.identifier of
    all these.
    """

    keys: DataFrame
    sightings: DataFrame
    judged: DataFrame
    hubs: DataFrame
    stored: DataFrame


def touched_by(
    sightings: DataFrame,
    news: News,
    standing: DataFrame,
    rules: tuple[IdentifierRule, ...],
    keep: Keep,
) -> Touched:
    """What the news touch; what standing decisions are about always is."""
    stored = news.stored
    hubs = keep("settled_hubs", settled_hubs(stored.identifiers, rules).select(_KEY))
    decided = standing.where(F.col("verdict") != BYPASS).select(_KEY)
    came = news.arrived.select(_KEY).union(decided).join(hubs, on=_KEY, how="left_anti")
    first = keep("touched_first", came.union(news.gone.select(_KEY)).distinct())
    changed = news.arrived.select("event_key").union(news.gone.select("event_key")).distinct()
    seen = events_showing(sightings, first, changed, keep, "first")

    # An event that loses a sighting, or gains one later, ranks all that it shows anew.
    late = seen.join(changed, on="event_key", how="left_semi").join(
        news.arrived, on=["event_key", _KEY], how="left_anti"
    )
    reopened = late.select("event_key").union(news.gone.select("event_key")).distinct()
    shown = seen.join(reopened, on="event_key", how="left_semi").select(_KEY)
    touched, seen = _grown(sightings, (first, seen), shown, keep, "reopened")

    judged = keep("touched_judged", _judged(seen, touched, standing, rules))
    before = keep("stored_shown", _stored_rows(stored.identifiers, (seen, touched, standing)))
    ranked = _ranked_anew(seen, judged, before)
    grown, seen = _grown(sightings, (touched, seen), ranked, keep, "ranked")
    if grown is not touched:
        judged = keep("touched_again", _judged(seen, grown, standing, rules))
        before = keep("stored_again", _stored_rows(stored.identifiers, (seen, grown, standing)))

    hub_rows = keep("touched_hubs", _counted_hubs(news, before, hubs, grown))
    shown = seen.select(_KEY).union(standing.select(_KEY)).distinct()
    rest = as_judged(before).join(shown, on=_KEY, how="left_semi")
    for done in (grown, hub_rows):
        rest = rest.join(done, on=_KEY, how="left_anti")
    known = judged.unionByName(hub_rows).unionByName(rest.select(*judged.columns))
    return Touched(grown, seen, keep("judged", known), hub_rows, before)


def _stored_rows(identifiers: DataFrame, parts: tuple[DataFrame, ...]) -> DataFrame:
    """Stored identifiers whose identifier_key one of the parts has."""
    keys = reduce(DataFrame.union, [part.select(_KEY) for part in parts]).distinct()
    return identifiers.join(keys, on=_KEY, how="left_semi")


def _ranked_anew(seen: DataFrame, judged: DataFrame, stored: DataFrame) -> DataFrame:
    """identifier_key of all that is shown beside what has another role than before."""
    before = as_judged(stored).select(_KEY, F.col("role").alias("was"))
    moved = judged.join(before, on=_KEY, how="inner").where(F.col("role") != F.col("was"))
    theirs = seen.join(moved, on=_KEY, how="left_semi").select("event_key").distinct()
    return seen.join(theirs, on="event_key", how="left_semi").select(_KEY)


def events_showing(
    sightings: DataFrame, keys: DataFrame, events: DataFrame | None, keep: Keep, name: str
) -> DataFrame:
    """All sightings of the events that show one of the identifiers, and of the `events` named."""
    shown = sightings.join(keys, on=_KEY, how="left_semi").select("event_key")
    shown = shown if events is None else shown.union(events)
    asked = keep(f"events_{name}", shown.distinct())
    return keep(f"sightings_{name}", sightings.join(asked, on="event_key", how="left_semi"))


def _grown(
    sightings: DataFrame, known: tuple[DataFrame, DataFrame], more: DataFrame, keep: Keep, name: str
) -> tuple[DataFrame, DataFrame]:
    """Identifiers and the sightings of their events, `known` so far, with more identifiers."""
    touched, seen = known
    added = keep(f"more_{name}", more.distinct().join(touched, on=_KEY, how="left_anti"))
    if added.isEmpty():
        return known
    theirs = events_showing(sightings, added, seen.select("event_key"), keep, name)
    return keep(f"touched_{name}", touched.union(added)), theirs


def _judged(
    seen: DataFrame, touched: DataFrame, standing: DataFrame, rules: tuple[IdentifierRule, ...]
) -> DataFrame:
    mine = judged_identifiers(seen, rules).join(touched, on=_KEY, how="left_semi")
    return with_bypassed(mine, bypassed(standing))


def _counted_hubs(news: News, stored: DataFrame, hubs: DataFrame, touched: DataFrame) -> DataFrame:
    """Rows of the hubs that arrived, with when and how often they were seen since."""
    since = (
        news.arrived.join(hubs, on=_KEY, how="left_semi")
        .join(touched, on=_KEY, how="left_anti")
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


def around(
    touched: Touched,
    evidence: DataFrame,
    before: tuple[Stored, DataFrame | None],
    merge: MergeSettings,
    keep: Keep,
) -> tuple[DataFrame, Past]:
    """identifier_key of all that can be one person with something touched, before limits.

    `evidence` are the edges of what is touched as they are now; `before` are the stored tables,
    and the ids given back. Also what was stored of all these: each table is searched once for it.
    """
    stored, given = before
    mine = keep("touched_own", _own_before_or_now(touched))
    live = evidence.where(F.col("state") == LIVE).select(*_ENDS)
    ties = keep("ties", live.union(stored.edges.where(is_limited()).select(*_ENDS)))
    ends = reduce(DataFrame.union, [ties.select(F.col(end).alias(_KEY)) for end in _ENDS])
    nodes = keep("tied", ends.union(mine).distinct())
    held = stored.links.join(nodes, on=_KEY, how="left_semi").select(_KEY, "customer_id")
    if given is not None:  # an id that is given back is taken from whoever has it
        held = held.union(given.select(_KEY, "customer_id"))
    held = keep("tied_customers", held.distinct())

    reached = keep("scope_inside", _reached(mine, ties, held, merge, keep))
    customers = held.withColumn("id", _customer_number()).join(reached, on="id", how="left_semi")
    customers = customers.select("customer_id").distinct()
    links = keep("nearby_links", stored.links.join(customers, on="customer_id", how="left_semi"))
    tied = nodes.withColumn("id", F.xxhash64(_KEY)).join(reached, on="id", how="left_semi")
    asked = (mine, tied, links)
    identifiers = keep("nearby_identifiers", _stored_rows(stored.identifiers, asked))
    nearby = Stored(identifiers, stored.edges, stored.spells, links)
    theirs = own_links(nearby).select(_KEY)
    inside = keep("scope", mine.union(tied.select(_KEY)).union(theirs).distinct())
    ends = keep("scope_ends", inside.union(touched.keys).distinct())
    edges = ending_in(stored.edges, ends, is_decided=True)
    nearby = replace(nearby, edges=keep("nearby_edges", edges))
    return inside, Past(stored, nearby, given)


def ending_in(edges: DataFrame, keys: DataFrame, *, is_decided: bool = False) -> DataFrame:
    """The edges one of whose ends is among the keys, and if asked for all that stewards decided."""
    marked = edges
    for end in _ENDS:
        mine = keys.select(F.col(_KEY).alias(end), F.lit(1).alias(f"{end}_in"))
        marked = marked.join(mine, on=end, how="left_outer")
    is_in = F.coalesce(*[f"{end}_in" for end in _ENDS]).isNotNull()
    if is_decided:
        is_in = is_in | (F.col("source") == STEWARD)
    return marked.where(is_in).select(*edges.columns)


def _reached(
    mine: DataFrame, ties: DataFrame, held: DataFrame, merge: MergeSettings, keep: Keep
) -> DataFrame:
    """Numbers of the identifiers and customers that hang together with one of `mine`."""
    graph = ties.select(F.xxhash64(_ENDS[0]).alias("src"), F.xxhash64(_ENDS[1]).alias("dst"))
    graph = graph.union(held.select(F.xxhash64(_KEY), _customer_number()))
    found = found_components(keep("scope_ties", graph), merge, named_apart(keep, "scope"))
    labels = keep("scope_components", found)
    reached = mine.select(F.xxhash64(_KEY).alias("id")).join(labels, on="id", how="inner")
    reached = reached.select("component").distinct()
    return labels.join(reached, on="component", how="left_semi").select("id")


def _customer_number() -> Column:
    return F.xxhash64(F.lit(_CUSTOMER), F.col("customer_id"))


def _own_before_or_now(touched: Touched) -> DataFrame:
    was = touched.stored.join(touched.keys, on=_KEY, how="left_semi")
    now = touched.judged.join(touched.keys, on=_KEY, how="left_semi")
    own = [rows.where(F.col("role") == OWN).select(_KEY) for rows in (as_judged(was), now)]
    return own[0].union(own[1]).distinct()


def own_links(stored: Stored) -> DataFrame:
    """identifier_key, kind and customer_id of what is one person's own."""
    own = stored.identifiers.where(F.col("role") == OWN).select(_KEY)
    links = stored.links.join(own, on=_KEY, how="left_semi")
    return links.select(_KEY, "kind", "customer_id")


def links_of(
    stored: Stored, keep: Keep, *, keys: DataFrame | None = None, customers: DataFrame | None = None
) -> DataFrame:
    """`own_links` of the few identifiers (identifier_key) and customers (customer_id) named."""
    links = stored.links
    named = [(_KEY, keys), ("customer_id", customers)]
    asked = [(column, rows.distinct()) for column, rows in named if rows is not None]
    if len(asked) == 1:
        links = links.join(asked[0][1], on=asked[0][0], how="left_semi")
    else:
        for column, rows in asked:
            marked = rows.select(column, F.lit(1).alias(f"{column}_in"))
            links = links.join(marked, on=column, how="left_outer")
        links = links.where(F.coalesce(*[f"{column}_in" for column, _ in asked]).isNotNull())
    links = keep("named_links", links.select(_KEY, "kind", "customer_id"))
    mine = _stored_rows(stored.identifiers.where(F.col("role") == OWN), (links,))
    return own_links(Stored(mine, stored.edges, stored.spells, links))


def edges_inside(inside: DataFrame, touched: DataFrame, stored: Stored) -> DataFrame:
    """Stored edges as they were before limits, which tie what is inside and nothing touched."""
    live = stored.edges.where((F.col("state") == LIVE) | is_limited())
    live = live.join(inside.select(F.col(_KEY).alias("left_key")), on="left_key", how="left_semi")
    for end in _ENDS:
        live = live.join(touched.select(F.col(_KEY).alias(end)), on=end, how="left_anti")
    return as_found(live).select(*stored.edges.columns)
