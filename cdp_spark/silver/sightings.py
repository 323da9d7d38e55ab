"""Identifiers seen in events, as keyed tokens."""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables.silver import SIGHTING
from cdp_spark.terms.identifiers import IdentifierRule, normalised
from cdp_spark.values.token import keyed_token


def identifiers_of(
    events: DataFrame, pads: DataFrame, rules: tuple[IdentifierRule, ...], country_code: str
) -> DataFrame:
    """silver.sighting rows: one per identifier of a known kind in a record; void values left out.

    `events` have `identifiers`, an array of kind and value as given; `pads` is the key as one row.
    """
    given = events.select("*", F.explode("identifiers").alias("given"))
    value = _normalised(rules, country_code)
    told = given.select("*", F.col("given.kind").alias("kind"), value.alias("value"))
    told = told.where(F.col("value").isNotNull()).crossJoin(F.broadcast(pads))
    token = keyed_token(F.col("kind"), F.col("value"))
    tokens = told.withColumn("identifier_key", token).select(*SIGHTING.columns)
    # The same value may stand in traits and in context: one sighting. Apart by record, because
    # of two records of one event only the winner's sightings stay.
    seen = tokens.groupBy("record_id", "identifier_key").agg(
        *[
            F.first(name).alias(name)
            for name in SIGHTING.columns
            if name not in ("record_id", "identifier_key")
        ]
    )
    return seen.select(*SIGHTING.columns)


def _normalised(rules: tuple[IdentifierRule, ...], country_code: str) -> Column:
    def by_kind(others: Column, rule: IdentifierRule) -> Column:
        is_mine = F.col("given.kind") == rule.name
        return F.when(is_mine, normalised(F.col("given.value"), rule, country_code)).otherwise(
            others
        )

    return reduce(by_kind, rules, F.lit(None).cast("string"))
