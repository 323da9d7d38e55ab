"""Scope: the snapshots a run must build or rebuild."""

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.features.labels import has_matured
from cdp_spark.features.settings import DaysSettings, FeaturesSettings
from cdp_spark.semantics.windows import day_rows, grid_days

_SNAPSHOT = ("customer_id", "as_of_on")
_DATED = ("customer_id", "event_on", "available_on")
# One task builds this many snapshots in the time of an exchange of the activity.
_MOST_OF_ONE_TASK = 50_000


def snapshot_days(settings: DaysSettings, as_of: date) -> tuple[date, ...]:
    """The snapshot days of a run, ascending: listed or on the grid, and the run's own day."""
    grid = grid_days(as_of, every_days=settings.every_days, count=settings.count)
    wanted = settings.listed or grid
    return tuple(sorted({day for day in wanted if day < as_of} | {as_of}))


def stale_traits(
    activity: DataFrame, changes: DataFrame, traits: DataFrame, days: tuple[date, ...]
) -> DataFrame:
    """Snapshots (`customer_id`, `as_of_on`) with missing or possibly changed traits.

    All customers known by then on days without traits; on the other days only customers with a
    changed row of activity that was known then. An ordinary new event is newer than all stored
    days, so it changes no snapshot; a merge or a late correction does.
    """
    known_days = traits.select("as_of_on").distinct()
    missing_days = day_rows(traits, days).join(known_days, on="as_of_on", how="left_anti")
    changed_from = _known_on(changes)
    return _snapshots(_known_on(activity), missing_days).unionByName(
        _snapshots(changed_from, known_days)
    )


def stale_labels(
    activity: DataFrame,
    changes: DataFrame,
    labels: DataFrame,
    days: DataFrame,
    settings: FeaturesSettings,
) -> DataFrame:
    """Snapshots (`customer_id`, `as_of_on`) with missing or possibly changed labels.

    `days` are those of `matured_days`. All customers known by then on days with a label that is not
    written yet; on the other days only customers with changed activity less than a horizon before.
    """
    recorded = labels.groupBy("as_of_on").agg(F.max(F.map_keys("labels")).alias("recorded"))
    is_missing = F.size(F.array_except("matured", F.coalesce("recorded", F.array()))) > 0
    days_with_state = days.join(recorded, on="as_of_on", how="left").withColumn(
        "is_missing", is_missing
    )
    longest = max((label.horizon_days for label in settings.labels), default=0)
    changed_from = changes.groupBy("customer_id").agg(
        F.date_sub(F.min("event_on"), longest).alias("known_on")
    )
    # Customers whose rows moved away in a merge must leave the rebuilt days as well.
    ever_known = _known_on(activity.select(*_DATED).unionByName(changes.select(*_DATED)))
    return _snapshots(ever_known, days_with_state.where("is_missing")).unionByName(
        _snapshots(changed_from, days_with_state.where(~F.col("is_missing")))
    )


def repartitioned(activity: DataFrame, snapshot_count: int) -> DataFrame:
    """The activity, repartitioned by customer where many snapshots are built from it.

    A small table is one partition, so one task would build them all: each row joins every later
    day.
    """
    return activity.repartition("customer_id") if snapshot_count > _MOST_OF_ONE_TASK else activity


def matured_days(
    traits: DataFrame, days: tuple[date, ...], settings: FeaturesSettings, until: date
) -> DataFrame:
    """One row per day, of traits or `days`, with the sorted names of its labels in `matured`.

    Only labels with a window before `until`; a day without any has no row.
    """
    every_day = traits.select("as_of_on").unionByName(day_rows(traits, days)).distinct()
    names: list[Column] = [
        F.when(has_matured(label, until), F.lit(label.name)) for label in settings.labels
    ]
    matured = F.array_sort(F.array_compact(F.array(F.lit(None).cast("string"), *names)))
    return every_day.select("as_of_on", matured.alias("matured")).where(F.size("matured") > 0)


def _known_on(activity: DataFrame) -> DataFrame:
    """One row per customer: the first day by the end of which any of these rows was known."""
    known_on = F.greatest("event_on", "available_on")
    return activity.groupBy("customer_id").agg(F.min(known_on).alias("known_on"))


def _snapshots(customers: DataFrame, days: DataFrame) -> DataFrame:
    """Each customer on each day after it became known; `days` are few."""
    is_after = F.col("known_on") < F.col("as_of_on")
    return customers.join(F.broadcast(days), on=is_after, how="inner").select(*_SNAPSHOT)
