"""Event ids with the customer each belongs to: what is exported and evaluated."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.terms.identifiers import IdentifierRule
from cdp_spark.terms.ownership import owners_of


def assignments_of(
    events: DataFrame, sightings: DataFrame, links: DataFrame, rules: tuple[IdentifierRule, ...]
) -> DataFrame:
    """event_id, record_id, source and customer_id; one row per event, null where it is nobody's."""
    owners = owners_of(sightings, links, rules)
    assigned = events.join(owners, on="event_key", how="left_outer")
    return assigned.select("event_id", "record_id", "source", F.col("customer_id"), "available_at")
