"""What becomes of each record: an event, a refusal, or a duplicate of an event."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.silver.sightings import Tokens
from cdp_spark.tables.silver import DUPLICATE, EVENT, REFUSED

_TOLD = ("reason", "raw", "is_replayed", "replayed_in")


@dataclass(frozen=True)
class Outcomes:
    """Rows of the three tables that share out the records."""

    events: DataFrame
    refused: DataFrame
    duplicates: DataFrame


@dataclass(frozen=True)
class Settled:
    """What became of the records of a run.

    `added` and `updated` are parsed records that are events now: of keys that had none, and of keys
    whose stored event they take the place of. `refused` and `duplicates` are rows of their tables.
    """

    added: DataFrame
    updated: DataFrame
    refused: DataFrame
    duplicates: DataFrame

    @property
    def winners(self) -> DataFrame:
        """All parsed records that are events now."""
        return self.added.unionByName(self.updated)

    @property
    def outcomes(self) -> Outcomes:
        """The same as rows of the three tables."""
        return Outcomes(self.winners.select(*EVENT.columns), self.refused, self.duplicates)


def suppressed_records(parsed: DataFrame, suppressed: DataFrame, tokens: Tokens) -> DataFrame:
    """`record_id` of parsed records that carry a suppressed identifier; `suppressed` names them."""
    carried = tokens.of(parsed.select("record_id", "identifiers"))
    found = carried.join(suppressed, on="identifier_key", how="left_semi")
    return found.select("record_id").distinct()


def with_suppressed(parsed: DataFrame, suppressed: DataFrame) -> DataFrame:
    """The parsed records; those that `suppressed` names are refused, and their bytes are gone."""
    marks = suppressed.select("record_id", F.lit(True).alias("is_suppressed"))  # noqa: FBT003
    marked = parsed.join(marks, on="record_id", how="left_outer")
    word = F.when(F.col("is_suppressed"), "suppressed")
    return marked.withColumns(
        {
            "refusal": F.coalesce("refusal", word),
            "raw": F.when(F.col("is_suppressed").isNull(), F.col("raw")),
        }
    ).drop("is_suppressed")


def settled(parsed: DataFrame, ranked: DataFrame) -> Settled:
    """Share out parsed records; `ranked` tells of the records whose key stands more than once."""
    is_first, is_new, has_stored = F.col("rank") == 1, F.col("is_new"), F.col("has_stored")
    known = ranked.where(is_new & (~is_first | has_stored)).select("record_id")
    replacing = ranked.where(is_new & is_first & has_stored).select("record_id")
    valid = parsed.where(F.col("refusal").isNull())
    return Settled(
        added=valid.join(known, on="record_id", how="left_anti"),
        updated=valid.join(replacing, on="record_id", how="left_semi"),
        refused=_refused(parsed),
        # A stored event that lost is a duplicate from now on; one that stays is neither.
        duplicates=ranked.where(~is_first).select(*DUPLICATE.columns),
    )


def _refused(parsed: DataFrame) -> DataFrame:
    return parsed.where(F.col("refusal").isNotNull()).select(
        *[F.col(name) for name in REFUSED.columns if name not in _TOLD],
        F.col("refusal").alias("reason"),
        "raw",
        F.lit(False).alias("is_replayed"),  # noqa: FBT003 - a literal column
        F.lit(None).cast("string").alias("replayed_in"),
    ).select(*REFUSED.columns)  # fmt: skip
