"""What becomes of each record: an event, a refusal, or a duplicate of an event."""

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from cdp_spark.tables.silver import DUPLICATE, EVENT, REFUSED

_ORDER = ("available_at", "sha256", "record_id")
_TOLD = ("reason", "raw", "is_replayed", "replayed_in")
_ORIGIN = ("source", "record_id", "raw_hash", "batch", "event_key", *_ORDER[:2])


@dataclass(frozen=True)
class Outcomes:
    """Rows of the three tables that share out the records."""

    events: DataFrame
    refused: DataFrame
    duplicates: DataFrame


def outcomes_of(parsed: DataFrame, known: DataFrame, suppressed: DataFrame) -> Outcomes:
    """Share out parsed records among events, refusals and duplicates.

    `known` are the events stored so far; `suppressed` has `record_id` of parsed records that carry
    a suppressed identifier: they are refused and their bytes are not kept.
    """
    marked = parsed.join(
        suppressed.select("record_id").distinct().withColumn("is_suppressed", F.lit(True)),  # noqa: FBT003
        on="record_id",
        how="left_outer",
    )
    is_suppressed = F.coalesce("is_suppressed", F.lit(False))  # noqa: FBT003
    refusal = F.coalesce("refusal", F.when(is_suppressed, F.lit("suppressed")))
    judged = marked.withColumn("refusal", refusal)
    valid = judged.where(F.col("refusal").isNull())
    refused = judged.where(F.col("refusal").isNotNull()).select(
        *[F.col(name) for name in REFUSED.columns if name not in _TOLD],
        F.col("refusal").alias("reason"),
        F.when(F.col("is_suppressed").isNull(), F.col("raw")).alias("raw"),
        F.lit(False).alias("is_replayed"),  # noqa: FBT003 - a literal column
        F.lit(None).cast("string").alias("replayed_in"),
    )
    ranked = _ranked(valid, known)
    is_first = F.col("rank") == 1
    events = valid.join(
        ranked.where(is_first & F.col("is_new")).select("record_id"),
        on="record_id",
        how="left_semi",
    ).select(*EVENT.columns)
    # A stored event that lost is a duplicate from now on; one that stays is neither new nor lost.
    duplicates = ranked.where(~is_first).select(*DUPLICATE.columns)
    return Outcomes(events, refused.select(*REFUSED.columns), duplicates)


def _ranked(valid: DataFrame, known: DataFrame) -> DataFrame:
    """Records of one key in the order in which they win, stored ones among them."""
    new = valid.select(*_ORIGIN, F.lit(True).alias("is_new"))  # noqa: FBT003
    keys = new.select("event_key", "record_id")
    stored = known.join(keys.select("event_key").distinct(), on="event_key", how="left_semi")
    # A record that is taken up again, after a run that was killed, stands for itself only.
    others = stored.join(keys, on=["event_key", "record_id"], how="left_anti")
    everyone = new.unionByName(others.select(*_ORIGIN, F.lit(False).alias("is_new")))  # noqa: FBT003
    return everyone.withColumn("rank", F.row_number().over(_by_key()))


def _by_key() -> WindowSpec:
    columns: list[Column] = [F.col(name) for name in _ORDER]
    return Window.partitionBy("event_key").orderBy(*columns)
