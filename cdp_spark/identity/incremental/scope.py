"""The scope of a change: all identifiers that may share a customer with an affected one.

These are the customers that may merge or split: all that evidence connects, including evidence cut
by a limit. The change cannot affect any other customer.
"""

from dataclasses import dataclass, replace
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.clustering import Clustering
from cdp_spark.identity.clusters.components import component_labels
from cdp_spark.identity.clusters.contraction import Materialize, with_suffix
from cdp_spark.identity.clusters.limited import (
    edges_before_limits,
    identifiers_before_limits,
    was_live_before_limits,
)
from cdp_spark.identity.incremental.affected import Affected
from cdp_spark.identity.incremental.stored import StoredIdentity, own_links, stored_rows
from cdp_spark.identity.resolution import IdentityInputs
from cdp_spark.identity.settings import MergeSettings
from cdp_spark.identity.states import LIVE, OWN
from cdp_spark.identity.stewardship.decisions import STEWARD

_KEY = "identifier_key"
_ENDS = ("left_key", "right_key")
_CUSTOMER = "customer"  # hashed with a customer id, so that it differs from an identifier


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
class ClusteredScope:
    """What the steps share: all sightings and links, the affected identifiers, their clusters."""

    inputs: IdentityInputs
    past: Past
    affected: Affected
    clustering: Clustering
    materialize: Materialize


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
    identifiers = stored_rows(stored.identifiers, (mine, tied, links))
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


def edges_inside(inside: DataFrame, affected: DataFrame, stored: StoredIdentity) -> DataFrame:
    """Stored live edges in the scope without an affected end, as they were before limits."""
    live = stored.edges.where((F.col("state") == LIVE) | was_live_before_limits())
    live = live.join(inside.select(F.col(_KEY).alias("left_key")), on="left_key", how="left_semi")
    for end in _ENDS:
        live = live.join(affected.select(F.col(_KEY).alias(end)), on=end, how="left_anti")
    return edges_before_limits(live).select(*stored.edges.columns)
