"""The latest consent of each customer to each purpose."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables.audience import CONSENT


def consent_of(customer_events: DataFrame) -> DataFrame:
    """One row per customer and purpose with the latest answer, as governance.consent.

    Takes the columns customer_id, event_key, source, event_at and consent (purpose → granted).
    Of answers at the same moment a withdrawal wins, then the greatest source and event_key, so any
    order of the events gives the same rows. Purposes are compared without case and surrounding
    blanks; one without a name or an answer is ignored.
    """
    answers = customer_events.select(
        "customer_id", "event_key", "source", "event_at", F.explode("consent")
    ).select(
        "customer_id",
        F.lower(F.trim("key")).alias("purpose"),
        F.struct("event_at", (~F.col("value")).alias("is_withheld"), "source", "event_key").alias(
            "answer"
        ),
    )
    is_answered = F.col("answer.is_withheld").isNotNull() & (F.col("purpose") != "")
    latest = (
        answers.where(is_answered)
        .groupBy("customer_id", "purpose")
        .agg(
            F.max("answer").alias("last"),
            # An event with one purpose in two spellings counts once.
            F.count_distinct("answer.event_key").alias("event_count"),
        )
    )
    return latest.select(
        "customer_id",
        "purpose",
        (~F.col("last.is_withheld")).alias("is_granted"),
        F.col("last.event_at").alias("answered_at"),
        F.col("last.source").alias("source"),
        "event_count",
    ).select(*CONSENT.columns)
