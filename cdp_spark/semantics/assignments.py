"""Event ids with their customers, for export and evaluation."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.semantics.identifiers import IdentifierRule
from cdp_spark.semantics.ownership import event_owners


def assignments_of(
    events: DataFrame, sightings: DataFrame, links: DataFrame, rules: tuple[IdentifierRule, ...]
) -> DataFrame:
    """event_id, record_id, source and customer_id per event; no customer: null customer_id."""
    owners = event_owners(sightings, links, rules)
    assigned = events.join(owners, on="event_key", how="left_outer")
    return assigned.select("event_id", "record_id", "source", F.col("customer_id"), "available_at")
