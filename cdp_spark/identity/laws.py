"""What is always true of identity, asked of the tables as they are stored."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.identity.blocks import OWN
from cdp_spark.identity.components import components_of
from cdp_spark.identity.limits import Told, broken_limits, labels_of
from cdp_spark.identity.resolution import Resolution
from cdp_spark.identity.scope import Stored
from cdp_spark.identity.settings import IdentitySettings
from cdp_spark.tables.contract import Table
from cdp_spark.tables.identity import EDGE, IDENTIFIER, SPELL


def rebuild_faults(stored: Stored, rebuilt: Resolution) -> dict[str, DataFrame]:
    """Law → rows that break it: what is stored is what a rebuild from all sightings gives.

    Ids aside: a rebuild that remembers nothing names customers anew.
    """
    told = {
        IDENTIFIER: (stored.identifiers, rebuilt.identifiers),
        EDGE: (stored.edges, rebuilt.edges),
        SPELL: (stored.spells, rebuilt.spells),
    }
    faults = {
        f"{table.name} is what a rebuild gives": _differences(table, *both)
        for table, both in told.items()
    }
    mine = owned(stored)
    theirs = rebuilt.links.join(_own(stored), on="identifier_key", how="left_semi").select(
        "identifier_key", F.col("customer_id").alias("component")
    )
    faults["customers are the people that a rebuild finds"] = torn(mine, theirs)
    return faults


def component_faults(stored: Stored, settings: IdentitySettings) -> dict[str, DataFrame]:
    """Law → rows that break it: customers are the components of the stored live evidence.

    Components are found anew by the engine of the settings.
    """
    found = components_of(stored.identifiers, stored.edges, settings.merge)
    theirs = found.select("identifier_key", "component")
    return {"customers are the components of live evidence": torn(owned(stored), theirs)}


def limit_faults(
    stored: Stored, settings: IdentitySettings, told: Told | None
) -> dict[str, DataFrame]:
    """Law → rows that break it: limits of rules, what stewards keep apart, one owner at a time."""
    kinds = stored.identifiers.select("identifier_key", "kind")
    groups = owned(stored).join(kinds, on="identifier_key", how="inner")
    groups = groups.withColumnRenamed("customer_id", "component")
    labels = labels_of(groups, stored.identifiers, settings.rules, told)
    line = Window.partitionBy("identifier_key").orderBy("valid_from", "customer_id")
    following = F.lead("valid_from").over(line)
    ended = F.col("valid_to").isNull() | (F.col("valid_to") > F.col("following"))
    spans = stored.links.withColumn("following", following)
    return {
        "no customer breaks a limit": broken_limits(labels),
        "an identifier is one customer's at a time": spans.where(
            F.col("following").isNotNull() & ended
        ),
    }


def owned(stored: Stored) -> DataFrame:
    """identifier_key and customer_id of what is one person's own."""
    return stored.links.join(_own(stored), on="identifier_key", how="left_semi").select(
        "identifier_key", "customer_id"
    )


def torn(mine: DataFrame, theirs: DataFrame) -> DataFrame:
    """Identifiers that two partitions do not agree on: held by one alone, or with other company.

    `mine` has identifier_key and customer_id, `theirs` identifier_key and component.
    """
    both = mine.join(theirs, on="identifier_key", how="full_outer")
    is_missing = F.col("customer_id").isNull() | F.col("component").isNull()
    parts = [_parts(both, one, other) for one, other in
             (("customer_id", "component"), ("component", "customer_id"))]  # fmt: skip
    told = both.join(parts[0], on="customer_id", how="left_outer")
    told = told.join(parts[1], on="component", how="left_outer")
    is_torn = (F.col("component_count") > 1) | (F.col("customer_id_count") > 1)
    return told.where(is_missing | is_torn).select("identifier_key")


def _parts(both: DataFrame, one: str, other: str) -> DataFrame:
    counts = both.where(F.col(one).isNotNull()).groupBy(one)
    return counts.agg(F.count_distinct(other).alias(f"{other}_count"))


def _own(stored: Stored) -> DataFrame:
    return stored.identifiers.where(F.col("role") == OWN).select("identifier_key")


def _differences(table: Table, stored: DataFrame, rebuilt: DataFrame) -> DataFrame:
    """Keys whose rows differ or stand on one side alone."""
    names = [name for name in table.content if name not in table.key]
    told = [
        rows.select(*table.key, F.struct(*names).alias(side))
        for side, rows in (("stored", stored), ("rebuilt", rebuilt))
    ]
    both = told[0].join(told[1], on=list(table.key), how="full_outer")
    return both.where(~F.col("stored").eqNullSafe(F.col("rebuilt"))).select(*table.key)
