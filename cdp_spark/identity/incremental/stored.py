"""The stored tables of identity, and the rows of them that a step needs."""

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.contraction import Materialize
from cdp_spark.identity.states import OWN

_KEY = "identifier_key"


@dataclass(frozen=True)
class StoredIdentity:
    """The stored tables of identity.

    `links` are the current ones, or all of them where a function says so.
    """

    identifiers: DataFrame
    edges: DataFrame
    ownership: DataFrame
    links: DataFrame


def stored_rows(identifiers: DataFrame, parts: tuple[DataFrame, ...]) -> DataFrame:
    """Stored identifiers with an identifier_key in one of the parts."""
    keys = reduce(DataFrame.union, [part.select(_KEY) for part in parts]).distinct()
    return identifiers.join(keys, on=_KEY, how="left_semi")


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
    mine = stored_rows(stored.identifiers.where(F.col("role") == OWN), (links,))
    return own_links(StoredIdentity(mine, stored.edges, stored.ownership, links))
