"""Groups of identifiers → customer ids that stay the same from run to run."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.terms.identifiers import IdentifierRule
from cdp_spark.values.token import hashed

_OVERLAP = "overlap"


def assigned_customers(
    groups: DataFrame, known: DataFrame, rules: tuple[IdentifierRule, ...]
) -> DataFrame:
    """identifier_key and customer_id of every identifier in a group.

    `groups` has identifier_key, kind and component; `known` the current links. A group keeps the
    known id whose identifiers it holds most of, weighted by how strong their kinds are; an id goes
    to one group only; ties go to the smaller id. Groups without get an id derived from their
    smallest identifier, and from the id already derived from it where a split left that in use.
    """
    claims = _claims(groups, known, rules)
    best_id = Window.partitionBy("component").orderBy(F.desc(_OVERLAP), "customer_id")
    best_group = Window.partitionBy("customer_id").orderBy(F.desc(_OVERLAP), "smallest_key")
    kept = (
        claims.withColumn("choice", F.row_number().over(best_id))
        .where(F.col("choice") == 1)
        .withColumn("turn", F.row_number().over(best_group))
        .where(F.col("turn") == 1)
        .select("component", "customer_id")
    )
    named = _smallest(groups).join(kept, on="component", how="left_outer")
    taken = known.select(F.col("customer_id").alias("minted")).distinct()
    minted = named.withColumn("minted", _minted(F.col("smallest_key"))).join(
        taken.withColumn("is_taken", F.lit(True)),  # noqa: FBT003 - a literal column
        on="minted",
        how="left_outer",
    )
    again = _minted(F.concat("smallest_key", "minted"))
    fresh = F.when(F.col("is_taken"), again).otherwise(F.col("minted"))
    ids = minted.select("component", F.coalesce("customer_id", fresh).alias("customer_id"))
    return groups.join(ids, on="component", how="inner").select("identifier_key", "customer_id")


def _claims(groups: DataFrame, known: DataFrame, rules: tuple[IdentifierRule, ...]) -> DataFrame:
    """Component, customer_id known among its identifiers, and the weight of those."""
    held = groups.join(
        known.select("identifier_key", "customer_id").distinct(), on="identifier_key", how="inner"
    )
    return (
        held.groupBy("component", "customer_id")
        .agg(F.sum(_weight(rules)).alias(_OVERLAP))
        .join(_smallest(groups), on="component", how="inner")
    )


def _smallest(groups: DataFrame) -> DataFrame:
    return groups.groupBy("component").agg(F.min("identifier_key").alias("smallest_key"))


def _weight(rules: tuple[IdentifierRule, ...]) -> Column:
    """One for the weakest kind, twice as much for each stronger one."""
    weakest = max(rule.priority for rule in rules)
    weights = [
        part
        for rule in rules
        for part in (F.lit(rule.name), F.lit(2 ** (weakest - rule.priority)).cast("long"))
    ]
    return F.coalesce(F.element_at(F.create_map(*weights), F.col("kind")), F.lit(1).cast("long"))


def _minted(key: Column) -> Column:
    return hashed(F.lit("customer"), key)
