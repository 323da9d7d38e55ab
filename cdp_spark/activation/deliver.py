"""Deliveries written to their destinations."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.activation.destination import Receipt, Target
from cdp_spark.activation.destinations import destination_of
from cdp_spark.activation.payload import payload_columns
from cdp_spark.activation.settings import ActivationSettings


def deliver(
    deliveries: DataFrame,
    customers: DataFrame,
    settings: ActivationSettings,
    root: str,
    as_of: date,
) -> tuple[Receipt, ...]:
    """Write the deliveries; return each destination's receipt, in the order of conf.

    Writes below ROOT/activation/DESTINATION/DAY. A destination without deliveries gets an empty
    file, so that yesterday's is not taken for today's.
    """
    return tuple(
        destination_of(settings.destinations[name].kind).write(
            payload_of(deliveries, customers, settings, name), _target(settings, name, root, as_of)
        )
        for name in settings.destinations
    )


def payload_of(
    deliveries: DataFrame, customers: DataFrame, settings: ActivationSettings, name: str
) -> DataFrame:
    """One row per delivery to write to the destination, in the columns of conf."""
    is_sent = F.col("is_written") & (F.col("destination") == name)
    sent = deliveries.where(is_sent).select("customer_id", "segment")
    customers_sent = sent.join(customers, on="customer_id", how="inner")
    return customers_sent.select(*payload_columns(settings.destinations[name].columns))


def _target(settings: ActivationSettings, name: str, root: str, as_of: date) -> Target:
    chosen = settings.destinations[name]
    return Target(
        destination=name,
        segment=chosen.segment,
        purpose=chosen.purpose,
        as_of=as_of,
        folder=f"{root.rstrip('/')}/activation/{name}/{as_of.isoformat()}",
        rows_per_file=chosen.rows_per_file,
    )
