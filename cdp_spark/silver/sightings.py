"""Identifiers seen in events, as keyed tokens."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables.silver import SIGHTING
from cdp_spark.values.token import keyed_token


@dataclass(frozen=True)
class Tokens:
    """Turns normalised identifiers into tokens; `pads` has the key as one row."""

    pads: DataFrame

    def of(self, records: DataFrame) -> DataFrame:
        """The records with kind, namespace, alias and `identifier_key`: one row per identifier.

        `identifiers` is an array of kind, namespace, value and alias, as `with_spellings` gives it.
        """
        each = records.withColumn("given", F.explode("identifiers")).drop("identifiers")
        keyed = each.crossJoin(F.broadcast(self.pads))
        kind, namespace = F.col("given.kind"), F.col("given.namespace")
        found = {
            "kind": kind,
            "namespace": namespace,
            "alias": F.col("given.alias"),
            "identifier_key": keyed_token(kind, namespace, F.col("given.value")),
        }
        return keyed.withColumns(found).drop("given", *self.pads.columns)


def sightings_of(events: DataFrame, tokens: Tokens) -> DataFrame:
    """silver.sighting rows: one per identifier of an event."""
    kept = [name for name in SIGHTING.columns if name in events.columns]
    return tokens.of(events.select(*kept, "identifiers")).select(*SIGHTING.columns)
