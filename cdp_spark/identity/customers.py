"""Groups of identifiers → customer ids that stay the same from run to run."""

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.identity.components import checkpointed
from cdp_spark.identity.contraction import Keep
from cdp_spark.terms.identifiers import IdentifierRule
from cdp_spark.terms.ownership import current_links
from cdp_spark.values.token import hashed

_OVERLAP = "overlap"
_ASSERTED = "asserted"


@dataclass(frozen=True)
class Held:
    """What is known of ids: `links` are all there ever were.

    `asserted` has identifier_key and customer_id: ids that a steward gave back, which go before all
    others. `elsewhere` has the customer_id of whom groups that are not looked at hold: those can't
    be taken back.
    """

    links: DataFrame
    asserted: DataFrame | None = None
    elsewhere: DataFrame | None = None


def assigned_customers(
    groups: DataFrame,
    held: Held,
    rules: tuple[IdentifierRule, ...],
    keep: Keep = checkpointed,
) -> DataFrame:
    """identifier_key and customer_id of every identifier in a group.

    `groups` has identifier_key, kind and component. A group keeps the current id whose identifiers
    it holds most of, weighted by how strong their kinds are; an id goes to one group only; ties go
    to the smaller id. A group left without takes back the id that most of its identifiers had
    before, if nobody has it: a split undoes a merge. Others get an id derived from their smallest
    identifier and from how many ids that one has had, so no id is made twice.
    """
    claims = _claims(groups, current_links(held.links), rules)
    if held.asserted is not None:
        claims = _claimed_first(_claims(groups, held.asserted, rules), claims)
    smallest = keep("smallest_keys", _smallest(groups))
    kept = keep("kept_ids", _settled(claims, smallest))
    bare = groups.join(kept, on="component", how="left_anti")
    theirs = held.links.join(bare.select("identifier_key"), on="identifier_key", how="left_semi")
    free = theirs.join(kept.select("customer_id"), on="customer_id", how="left_anti")
    if held.elsewhere is not None:
        free = free.join(held.elsewhere, on="customer_id", how="left_anti")
    former = _settled(_claims(bare, free, rules), smallest)
    named = keep("named_groups", kept.unionByName(former))
    told = named.unionByName(_minted_ids(smallest, named, held.links))
    return groups.join(told, on="component", how="inner").select("identifier_key", "customer_id")


def _settled(claims: DataFrame, smallest: DataFrame) -> DataFrame:
    """Component and customer_id: each group's best claim, where no other has a better one to it."""
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


def _claims(groups: DataFrame, held: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """Component, customer_id held among its identifiers, the weight of those; none is asserted."""
    claimed = groups.join(
        held.select("identifier_key", "customer_id").distinct(), on="identifier_key", how="inner"
    )
    summed = claimed.groupBy("component", "customer_id").agg(F.sum(_weight(rules)).alias(_OVERLAP))
    return summed.withColumn(_ASSERTED, F.lit(0).cast("long"))


def _claimed_first(asserted: DataFrame, claims: DataFrame) -> DataFrame:
    """Both, with what is asserted before all overlap."""
    first = asserted.select(
        "component", "customer_id", F.lit(0).cast("long").alias(_OVERLAP),
        F.col(_OVERLAP).alias(_ASSERTED),
    )  # fmt: skip
    both = first.unionByName(claims).groupBy("component", "customer_id")
    return both.agg(*[F.max(name).alias(name) for name in (_OVERLAP, _ASSERTED)])


def _minted_ids(smallest: DataFrame, named: DataFrame, history: DataFrame) -> DataFrame:
    """Component and a new customer_id of the groups that have none."""
    bare = smallest.join(named, on="component", how="left_anti")
    held = history.withColumnRenamed("identifier_key", "smallest_key").join(
        bare, on="smallest_key", how="left_semi"
    )
    counts = held.groupBy("smallest_key").agg(F.count_distinct("customer_id").alias("held_count"))
    ids = bare.join(counts, on="smallest_key", how="left_outer")
    minted = _minted(F.col("smallest_key"), F.coalesce("held_count", F.lit(0)))
    return ids.select("component", minted.alias("customer_id"))


def _smallest(groups: DataFrame) -> DataFrame:
    return groups.groupBy("component").agg(F.min("identifier_key").alias("smallest_key"))


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
