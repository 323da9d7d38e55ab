"""Identifiers seen in events, as keyed tokens."""

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.semantics.identifiers import IdentifierRule, is_valid, spelled
from cdp_spark.tables.silver import SIGHTING
from cdp_spark.values.token import keyed_token


@dataclass(frozen=True)
class Tokens:
    """Turns identifiers into tokens: the key as one row, and a rule per kind.

    National telephone numbers get `country_code`.
    """

    pads: DataFrame
    rules: tuple[IdentifierRule, ...]
    country_code: str

    def of(self, records: DataFrame) -> DataFrame:
        """The records with `kind` and `identifier_key`: one row per record and identifier.

        `identifiers` is an array of kind and value as received; unknown kinds and placeholders are
        left out.
        """
        each = records.withColumn("given", F.explode(self._distinct())).drop("identifiers")
        # Exploded from an array, so that Spark does not push the filter below and compute the
        # value twice. Normalising is most of the work here.
        value = F.explode(F.array(self._spelled(F.col("given"))))
        valued = each.withColumn("value", value).where(self._is_valid())
        keyed = valued.crossJoin(F.broadcast(self.pads))
        found = {
            "kind": F.col("given.kind"),
            "identifier_key": keyed_token(F.col("given.kind"), F.col("value")),
        }
        return keyed.withColumns(found).drop("given", "value", *self.pads.columns)

    def _distinct(self) -> Column:
        """The identifiers without repetitions: traits and context may hold the same one.

        Only identifiers of one kind can be equal. Spark interprets functions that take a lambda,
        so these run only for records with two of a kind.
        """
        given = F.col("identifiers")
        is_plain = F.size(F.array_distinct(given["kind"])) == F.size(given)

        def normalised(one: Column) -> Column:
            return F.struct(one["kind"].alias("kind"), self._spelled(one).alias("value"))

        found = F.array_distinct(F.transform(given, normalised))
        return F.when(is_plain, given).otherwise(found)

    def _spelled(self, given: Column) -> Column:
        def rule_option_by_kind(otherwise: Column, rule: IdentifierRule) -> Column:
            value = spelled(given["value"], rule, self.country_code)
            return F.when(given["kind"] == rule.name, value).otherwise(otherwise)

        return reduce(rule_option_by_kind, self.rules, F.lit(None).cast("string"))

    def _is_valid(self) -> Column:
        """Whether `value` is valid for its kind; false for null and for unknown kinds."""

        def rule_option_by_kind(otherwise: Column, rule: IdentifierRule) -> Column:
            is_kind = F.col("given.kind") == rule.name
            return F.when(is_kind, is_valid(F.col("value"), rule)).otherwise(otherwise)

        return reduce(rule_option_by_kind, self.rules, F.lit(False))  # noqa: FBT003 - a literal column


def sightings_of(events: DataFrame, tokens: Tokens) -> DataFrame:
    """silver.sighting rows: one per identifier of an event."""
    kept = [name for name in SIGHTING.columns if name in events.columns]
    return tokens.of(events.select(*kept, "identifiers")).select(*SIGHTING.columns)
