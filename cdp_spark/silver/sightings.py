"""Identifiers seen in events, as keyed tokens."""

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables.silver import SIGHTING
from cdp_spark.terms.identifiers import IdentifierRule, is_valid, spelled
from cdp_spark.values.token import keyed_token


@dataclass(frozen=True)
class Tokens:
    """What identifiers become tokens by: the key as one row, the rules of their kinds.

    National telephone numbers are taken as of `country_code`.
    """

    pads: DataFrame
    rules: tuple[IdentifierRule, ...]
    country_code: str

    def of(self, records: DataFrame) -> DataFrame:
        """The records with `kind` and `identifier_key`: one row per record and identifier.

        `identifiers` is an array of kind and value as given; values of no known kind and void ones
        are left out.
        """
        each = records.withColumn("given", F.explode(self._once())).drop("identifiers")
        # Taken out of an array, so that the filter is not asked before: the value would be made
        # twice. Spelling is most of the work here.
        value = F.explode(F.array(self._spelled(F.col("given"))))
        valued = each.withColumn("value", value).where(self._is_valid())
        keyed = valued.crossJoin(F.broadcast(self.pads))
        found = {
            "kind": F.col("given.kind"),
            "identifier_key": keyed_token(F.col("given.kind"), F.col("value")),
        }
        return keyed.withColumns(found).drop("given", "value", *self.pads.columns)

    def _once(self) -> Column:
        """The identifiers, each once: the same may stand in traits and in context.

        Only two of one kind can be the same. Functions with a function are interpreted, so they
        are left to such.
        """
        given = F.col("identifiers")
        is_plain = F.size(F.array_distinct(given["kind"])) == F.size(given)

        def of_one_spelling(one: Column) -> Column:
            return F.struct(one["kind"].alias("kind"), self._spelled(one).alias("value"))

        found = F.array_distinct(F.transform(given, of_one_spelling))
        return F.when(is_plain, given).otherwise(found)

    def _spelled(self, given: Column) -> Column:
        def by_kind(others: Column, rule: IdentifierRule) -> Column:
            value = spelled(given["value"], rule, self.country_code)
            return F.when(given["kind"] == rule.name, value).otherwise(others)

        return reduce(by_kind, self.rules, F.lit(None).cast("string"))

    def _is_valid(self) -> Column:
        """Whether `value` is valid for its kind; false for no value and for unknown kinds."""

        def by_kind(others: Column, rule: IdentifierRule) -> Column:
            is_kind = F.col("given.kind") == rule.name
            return F.when(is_kind, is_valid(F.col("value"), rule)).otherwise(others)

        return reduce(by_kind, self.rules, F.lit(False))  # noqa: FBT003 - a literal column


def sightings_of(events: DataFrame, tokens: Tokens) -> DataFrame:
    """silver.sighting rows: one per identifier of an event."""
    told = [name for name in SIGHTING.columns if name in events.columns]
    return tokens.of(events.select(*told, "identifiers")).select(*SIGHTING.columns)
