"""Labels: outcomes of a customer in the days from a snapshot on."""

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.features.figures import named_map
from cdp_spark.features.settings import FeaturesSettings, LabelSettings
from cdp_spark.semantics.windows import is_within_days_from, was_known

_SNAPSHOT = ("customer_id", "as_of_on")


def labels_as_of(
    activity: DataFrame, snapshots: DataFrame, settings: FeaturesSettings, until: date
) -> DataFrame:
    """One row of outcomes per snapshot of a customer who was known on that day.

    `snapshots` holds `customer_id` and `as_of_on`. A label is given only where its whole window
    lies before `until`; a snapshot without any such label has no row. Late events count: the
    outcome is what happened, not what was known early.
    """
    day = F.col("as_of_on")
    longest = max((label.horizon_days for label in settings.labels), default=0)
    own = activity.where(~F.col("name").isin(*settings.passive_names))
    rows = own.join(snapshots, on="customer_id", how="inner").where(
        F.col("event_on") < F.date_add(day, longest)
    )
    outcomes = rows.groupBy(*_SNAPSHOT).agg(
        F.max(was_known(day)).alias("was_known"),
        *[_outcome(label).alias(label.name) for label in settings.labels],
    )
    matured = {
        label.name: F.when(has_matured(label, until), F.col(label.name))
        for label in settings.labels
    }
    labelled = outcomes.where("was_known").select(*_SNAPSHOT, named_map(matured).alias("labels"))
    return labelled.where(F.size("labels") > 0)


def has_matured(label: LabelSettings, until: date) -> Column:
    """Whether the label's window, from `as_of_on` on, ended before `until`."""
    return F.date_add(F.col("as_of_on"), label.horizon_days) <= F.lit(until)


def _outcome(label: LabelSettings) -> Column:
    is_inside = is_within_days_from(F.col("event_on"), F.col("as_of_on"), label.horizon_days)
    net = F.col("order_amount") - F.col("refund_amount")
    return {
        "inactive": 1 - F.max(is_inside.cast("int")),
        "bought": F.max((is_inside & (F.col("order_count") > 0)).cast("int")),
        # Refunds of earlier orders alone do not count as negative spending.
        "spend": F.greatest(F.sum(F.when(is_inside, net).otherwise(0)), F.lit(0)),
    }[label.kind]
