"""The latest word of each customer on each purpose."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables.audience import CONSENT


def consent_of(customer_events: DataFrame) -> DataFrame:
    """One row per customer and purpose with the latest word, in the columns of governance.consent.

    Takes the columns customer_id, event_key, source, event_at and consent (purpose → granted).
    Of words said at the same moment the one that withholds wins, then the greatest source and
    event_key, so any order of the events gives the same rows. Purposes are compared without case
    and outer blanks; a purpose without a name or without an answer says nothing.
    """
    words = customer_events.select(
        "customer_id", "event_key", "source", "event_at", F.explode("consent")
    ).select(
        "customer_id",
        F.lower(F.trim("key")).alias("purpose"),
        F.struct("event_at", (~F.col("value")).alias("is_withheld"), "source", "event_key").alias(
            "word"
        ),
    )
    is_said = F.col("word.is_withheld").isNotNull() & (F.col("purpose") != "")
    latest = (
        words.where(is_said)
        .groupBy("customer_id", "purpose")
        .agg(
            F.max("word").alias("last"),
            # An event that spells one purpose twice was still one occasion.
            F.count_distinct("word.event_key").alias("event_count"),
        )
    )
    return latest.select(
        "customer_id",
        "purpose",
        (~F.col("last.is_withheld")).alias("is_granted"),
        F.col("last.event_at").alias("said_at"),
        F.col("last.source").alias("source"),
        "event_count",
    ).select(*CONSENT.columns)
