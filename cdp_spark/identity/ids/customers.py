"""Groups of identifiers → customer ids that stay the same from run to run."""

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.components import checkpointed
from cdp_spark.identity.clusters.contraction import Materialize
from cdp_spark.semantics.identifiers import IdentifierRule
from cdp_spark.semantics.ownership import current_links
from cdp_spark.values.token import hashed

_OVERLAP = "overlap"
_ASSERTED = "asserted"


@dataclass(frozen=True)
class KnownIds:
    """Ids known so far: `links` are all links, current and closed.

    `asserted` has identifier_key and customer_id of ids that a steward gave back; they override all
    others. `elsewhere` has the customer_id of clusters outside the scope: those ids are not free.
    """

    links: DataFrame
    asserted: DataFrame | None = None
    elsewhere: DataFrame | None = None


def assigned_customers(
    clusters: DataFrame,
    known_ids: KnownIds,
    rules: tuple[IdentifierRule, ...],
    materialize: Materialize = checkpointed,
) -> DataFrame:
    """identifier_key and customer_id of every identifier in a cluster.

    `clusters` has identifier_key, kind and component. A cluster keeps the current id of most of
    its identifiers, weighted by the strength of their kinds; an id goes to one cluster only; ties
    go to the smaller id. A cluster without an id takes back the one that most of its identifiers
    had before, if it is free: a split undoes a merge. Others get an id derived from their smallest
    identifier and from how many ids that one has had, so no id is minted twice.
    """
    claims = _claims(clusters, current_links(known_ids.links), rules)
    if known_ids.asserted is not None:
        claims = _with_asserted(_claims(clusters, known_ids.asserted, rules), claims)
    smallest = materialize("smallest_keys", _smallest(clusters))
    kept = materialize("kept_ids", _best_claims(claims, smallest))
    unnamed = clusters.join(kept, on="component", how="left_anti")
    their_links = known_ids.links.join(
        unnamed.select("identifier_key"), on="identifier_key", how="left_semi"
    )
    free = their_links.join(kept.select("customer_id"), on="customer_id", how="left_anti")
    if known_ids.elsewhere is not None:
        free = free.join(known_ids.elsewhere, on="customer_id", how="left_anti")
    former = _best_claims(_claims(unnamed, free, rules), smallest)
    named = materialize("named_clusters", kept.unionByName(former))
    ids = named.unionByName(_minted_ids(smallest, named, known_ids.links))
    return clusters.join(ids, on="component", how="inner").select("identifier_key", "customer_id")


def _best_claims(claims: DataFrame, smallest: DataFrame) -> DataFrame:
    """Component and customer_id: each cluster's best claim, unless another cluster's is better."""
    claims = claims.join(smallest, on="component", how="inner")
    weight = F.desc(_ASSERTED), F.desc(_OVERLAP)
    best_id = Window.partitionBy("component").orderBy(*weight, "customer_id")
    best_group = Window.partitionBy("customer_id").orderBy(*weight, "smallest_key")
    return (
        claims.withColumn("choice", F.row_number().over(best_id))
        .where(F.col("choice") == 1)
        .withColumn("turn", F.row_number().over(best_group))
        .where(F.col("turn") == 1)
        .select("component", "customer_id")
    )


def _claims(clusters: DataFrame, held: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """Component and customer_id of its identifiers, with their weight; none is asserted."""
    claimed = clusters.join(
        held.select("identifier_key", "customer_id").distinct(), on="identifier_key", how="inner"
    )
    summed = claimed.groupBy("component", "customer_id").agg(F.sum(_weight(rules)).alias(_OVERLAP))
    return summed.withColumn(_ASSERTED, F.lit(0).cast("long"))


def _with_asserted(asserted: DataFrame, claims: DataFrame) -> DataFrame:
    """Both, with asserted ids ahead of any overlap."""
    first = asserted.select(
        "component", "customer_id", F.lit(0).cast("long").alias(_OVERLAP),
        F.col(_OVERLAP).alias(_ASSERTED),
    )  # fmt: skip
    both = first.unionByName(claims).groupBy("component", "customer_id")
    return both.agg(*[F.max(name).alias(name) for name in (_OVERLAP, _ASSERTED)])


def _minted_ids(smallest: DataFrame, named: DataFrame, history: DataFrame) -> DataFrame:
    """Component and a new customer_id of the clusters that have none."""
    unnamed = smallest.join(named, on="component", how="left_anti")
    held = history.withColumnRenamed("identifier_key", "smallest_key").join(
        unnamed, on="smallest_key", how="left_semi"
    )
    counts = held.groupBy("smallest_key").agg(F.count_distinct("customer_id").alias("held_count"))
    ids = unnamed.join(counts, on="smallest_key", how="left_outer")
    minted = _minted(F.col("smallest_key"), F.coalesce("held_count", F.lit(0)))
    return ids.select("component", minted.alias("customer_id"))


def _smallest(clusters: DataFrame) -> DataFrame:
    return clusters.groupBy("component").agg(F.min("identifier_key").alias("smallest_key"))


def _weight(rules: tuple[IdentifierRule, ...]) -> Column:
    """One for the weakest kind, twice as much for each stronger one."""
    places = sorted({rule.priority for rule in rules}, reverse=True)
    weights = [
        part
        for rule in rules
        for part in (F.lit(rule.name), F.lit(2 ** places.index(rule.priority)).cast("long"))
    ]
    return F.coalesce(F.element_at(F.create_map(*weights), F.col("kind")), F.lit(1).cast("long"))


def _minted(key: Column, held: Column) -> Column:
    again = F.when(held > 0, held.cast("string"))  # the first id is of the key alone
    return hashed(F.lit("customer"), key, again)
