"""The members of a segment to send to a destination, and those held back, with reasons."""

from datetime import date
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.activation.payload import has_contact, payload_columns
from cdp_spark.activation.settings import ActivationSettings, DestinationSettings
from cdp_spark.tables.audience import DELIVERY

NO_CONSENT = "no_consent"
NO_CONTACT = "no_contact"


def planned_deliveries(
    members: DataFrame,
    customers: DataFrame,
    consents: DataFrame,
    settings: ActivationSettings,
    as_of: date,
) -> DataFrame:
    """One row per destination and member on the day, in the columns of activation.delivery.

    Members without a granted consent for the destination's purpose are held back (`no_consent`),
    then members without a contact (`no_contact`). `payload_hash` covers the columns sent; it is
    null for members held back.
    """
    of_day = members.where(F.col("as_of_on") == F.lit(as_of)).select("segment", "customer_id")
    parts = [
        _planned_for(name, destination, of_day, customers, consents)
        for name, destination in settings.destinations.items()
    ]
    return (
        reduce(DataFrame.unionByName, parts)
        .withColumn("as_of_on", F.lit(as_of))
        .select(*DELIVERY.columns)
    )


def day_scope(deliveries: DataFrame, settings: ActivationSettings, as_of: date) -> DataFrame:
    """One row per destination with the day: the scope a run's ledger replaces, even when empty."""
    names = F.array(*[F.lit(name) for name in settings.destinations])
    return (
        deliveries.limit(0)
        .agg(F.lit(as_of).alias("as_of_on"))
        .select(F.explode(names).alias("destination"), "as_of_on")
    )


def _planned_for(
    name: str,
    destination: DestinationSettings,
    members: DataFrame,
    customers: DataFrame,
    consents: DataFrame,
) -> DataFrame:
    is_given = (F.col("purpose") == destination.purpose) & F.col("is_granted")
    given = consents.where(is_given).select("customer_id", F.lit(True).alias("has_consent"))  # noqa: FBT003
    considered = (
        members.where(F.col("segment") == destination.segment)
        .join(customers, on="customer_id", how="left")
        .join(given, on="customer_id", how="left")
    )
    reason = F.when(F.col("has_consent").isNull(), NO_CONSENT).when(
        ~has_contact(destination.contact), NO_CONTACT
    )
    # Through JSON: xxhash64 skips nulls, and would take (a, null) for (null, a).
    content = F.to_json(F.struct(*payload_columns(destination.columns)))
    return considered.withColumn("reason", reason).select(
        F.lit(name).alias("destination"),
        "customer_id",
        "segment",
        F.col("reason").isNull().alias("is_written"),
        "reason",
        F.when(F.col("reason").isNull(), F.xxhash64(content)).alias("payload_hash"),
    )
