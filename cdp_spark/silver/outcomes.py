"""The outcome of each record: an event, a rejected record, or a duplicate of an event."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.silver.sightings import Tokens
from cdp_spark.tables.silver import DUPLICATE, EVENT, REJECTED

_SET_HERE = ("reason", "raw", "is_replayed", "replayed_in")


@dataclass(frozen=True)
class Outcomes:
    """Rows of the three tables that records are routed to."""

    events: DataFrame
    rejected: DataFrame
    duplicates: DataFrame


@dataclass(frozen=True)
class RoutedRecords:
    """The records of a run by outcome.

    `added` are parsed records whose key had no event; `updated` are those that replace the stored
    event of their key. `rejected` and `duplicates` are rows of their tables.
    """

    added: DataFrame
    updated: DataFrame
    rejected: DataFrame
    duplicates: DataFrame

    @property
    def winners(self) -> DataFrame:
        """All parsed records that become events."""
        return self.added.unionByName(self.updated)

    @property
    def outcomes(self) -> Outcomes:
        """Rows of the three tables."""
        return Outcomes(self.winners.select(*EVENT.columns), self.rejected, self.duplicates)


def suppressed_records(parsed: DataFrame, suppressed: DataFrame, tokens: Tokens) -> DataFrame:
    """`record_id` of parsed records with an identifier that is in `suppressed`."""
    identifiers = tokens.of(parsed.select("record_id", "identifiers"))
    found = identifiers.join(suppressed, on="identifier_key", how="left_semi")
    return found.select("record_id").distinct()


def with_suppressed(parsed: DataFrame, suppressed: DataFrame) -> DataFrame:
    """The parsed records; those in `suppressed` are rejected and lose their bytes."""
    marks = suppressed.select("record_id", F.lit(True).alias("is_suppressed"))  # noqa: FBT003
    marked = parsed.join(marks, on="record_id", how="left_outer")
    reason = F.when(F.col("is_suppressed"), "suppressed")
    return marked.withColumns(
        {
            "rejection_reason": F.coalesce("rejection_reason", reason),
            "raw": F.when(F.col("is_suppressed").isNull(), F.col("raw")),
        }
    ).drop("is_suppressed")


def routed_records(parsed: DataFrame, ranked: DataFrame) -> RoutedRecords:
    """Parsed records by outcome; `ranked` are those whose key occurs more than once."""
    is_first, is_new, has_stored = F.col("rank") == 1, F.col("is_new"), F.col("has_stored")
    not_added = ranked.where(is_new & (~is_first | has_stored)).select("record_id")
    replacing = ranked.where(is_new & is_first & has_stored).select("record_id")
    valid = parsed.where(F.col("rejection_reason").isNull())
    return RoutedRecords(
        added=valid.join(not_added, on="record_id", how="left_anti"),
        updated=valid.join(replacing, on="record_id", how="left_semi"),
        rejected=_rejected(parsed),
        # Includes stored events that a new record replaces.
        duplicates=ranked.where(~is_first).select(*DUPLICATE.columns),
    )


def _rejected(parsed: DataFrame) -> DataFrame:
    return parsed.where(F.col("rejection_reason").isNotNull()).select(
        *[F.col(name) for name in REJECTED.columns if name not in _SET_HERE],
        F.col("rejection_reason").alias("reason"),
        "raw",
        F.lit(False).alias("is_replayed"),  # noqa: FBT003 - a literal column
        F.lit(None).cast("string").alias("replayed_in"),
    ).select(*REJECTED.columns)  # fmt: skip
