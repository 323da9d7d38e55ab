"""Identifiers seen in events, as keyed tokens."""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables.silver import SIGHTING
from cdp_spark.terms.identifiers import IdentifierRule, normalised
from cdp_spark.values.token import keyed_token

_OF_TOKEN = ("identifier_key", "kind")
_TOKENS = f"array<struct<{','.join(f'{name}:string' for name in _OF_TOKEN)}>>"


def with_tokens(
    events: DataFrame, pads: DataFrame, rules: tuple[IdentifierRule, ...], country_code: str
) -> DataFrame:
    """The events with `tokens` in place of `identifiers`: kind and keyed token of each, once.

    `identifiers` is an array of kind and value as given; values of no known kind and void ones are
    left out. `pads` is the key as one row.
    """
    keyed = events.crossJoin(F.broadcast(pads))

    def spelled(given: Column) -> Column:
        value = _normalised(given, rules, country_code)
        return F.struct(given["kind"].alias("kind"), value.alias("value"))

    def token(one: Column) -> Column:
        key = keyed_token(one["kind"], one["value"])
        return F.struct(key.alias("identifier_key"), one["kind"].alias("kind"))

    values = F.filter(F.transform("identifiers", spelled), lambda one: one["value"].isNotNull())
    # The same value may stand in traits and in context: one sighting.
    tokens = F.transform(F.array_distinct(values), token)
    found = keyed.withColumn("tokens", F.coalesce(tokens, F.array().cast(_TOKENS)))
    return found.drop("identifiers", *pads.columns)


def sightings_of(events: DataFrame) -> DataFrame:
    """silver.sighting rows: one per identifier of an event."""
    seen = events.select("*", F.explode("tokens").alias("token"))
    told = {name: F.col(f"token.{name}").alias(name) for name in _OF_TOKEN}
    return seen.select(*[told.get(name, F.col(name)) for name in SIGHTING.columns])


def _normalised(given: Column, rules: tuple[IdentifierRule, ...], country_code: str) -> Column:
    def by_kind(others: Column, rule: IdentifierRule) -> Column:
        is_mine = given["kind"] == rule.name
        return F.when(is_mine, normalised(given["value"], rule, country_code)).otherwise(others)

    return reduce(by_kind, rules, F.lit(None).cast("string"))
