"""Traits: what was known about a customer when a day began."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.features.figures import named_map
from cdp_spark.features.settings import FeaturesSettings, count_name
from cdp_spark.semantics.windows import was_known

_SNAPSHOT = ("customer_id", "as_of_on")
_MEASURES = ("order_count", "net_amount", "item_count")
_MONEY = ("net_amount", "order_amount", "refund_amount")
_SATURDAY, _SUNDAY = 7, 1
_WHOLE = (
    *("recency_days", "tenure_days", "active_day_count", "order_recency_days"),
    *("gap_max_days", "order_amount", "refund_amount"),
)
_RATIOS = {
    "active_day_share": ("active_day_count", "tenure_days"),
    "net_amount_per_day": ("net_amount", "tenure_days"),
    "order_amount_mean": ("order_amount", "order_count"),
    "items_per_order": ("item_count", "order_count"),
    "weekend_share": ("weekend_day_count", "active_day_count"),
}
_SPACING = (
    *("gap_mean_days", "gap_std_days", "recency_ratio"),
    *("order_gap_mean_days", "order_recency_ratio"),
)


def traits_as_of(activity: DataFrame, cutoffs: DataFrame, settings: FeaturesSettings) -> DataFrame:
    """One row of traits per cut-off day and customer known by then.

    `cutoffs` holds `as_of_on` (all customers on these days) or `customer_id` and `as_of_on` (these
    snapshots only). Rows that happened or became available on the day or later are ignored. The
    work is one pass over activity rows times later cut-offs, grouped by customer throughout; sums
    are over whole numbers, so their order cannot change a digit.
    """
    spaced = _with_gaps(_active_days(activity, cutoffs, settings))
    totals = spaced.groupBy(*_SNAPSHOT).agg(*_totals(settings))
    return totals.select(*_SNAPSHOT, named_map(_named(settings)).alias("traits"))


def _active_days(activity: DataFrame, cutoffs: DataFrame, settings: FeaturesSettings) -> DataFrame:
    """One row per customer, cut-off and active day before it, money in hundredths.

    Event names become columns before the join, which multiplies rows.
    """
    counted = ("order_count", "item_count", *_MONEY, *map(count_name, settings.event_names))
    sums = [F.sum(name).alias(name) for name in counted]
    active = activity.where(~F.col("name").isin(*settings.passive_names))
    measured = active.select("customer_id", "event_on", "available_on", *_measured(settings))
    folded = measured.groupBy("customer_id", "event_on", "available_on").agg(*sums)
    if "customer_id" in cutoffs.columns:
        dated = folded.join(cutoffs, on="customer_id", how="inner")
    else:
        dated = folded.join(F.broadcast(cutoffs), on=was_known(F.col("as_of_on")), how="inner")
    known = dated.where(was_known(F.col("as_of_on")))
    days = known.groupBy(*_SNAPSHOT, "event_on").agg(*sums)
    return days.withColumn("age_days", F.datediff("as_of_on", "event_on"))


def _measured(settings: FeaturesSettings) -> list[Column]:
    """The columns to sum of a row of activity. Whole hundredths add up exactly, and fast."""
    bought, returned = (
        (F.col(name) * 100).cast("long") for name in ("order_amount", "refund_amount")
    )
    money = dict(zip(_MONEY, (bought - returned, bought, returned), strict=True))
    named = {
        count_name(name): F.when(F.col("name") == name, F.col("event_count")).otherwise(0)
        for name in settings.event_names
    }
    return [
        *[F.col(name) for name in ("order_count", "item_count")],
        *[value.alias(name) for name, value in (money | named).items()],
    ]


def _with_gaps(active_days: DataFrame) -> DataFrame:
    """The same rows with `gap_days` since the active day before; null on the first."""
    in_order = Window.partitionBy(*_SNAPSHOT).orderBy("event_on")
    before = F.lag("event_on").over(in_order)
    return active_days.withColumn("gap_days", F.datediff("event_on", before).cast("long"))


def _totals(settings: FeaturesSettings) -> list[Column]:
    has_order = F.col("order_count") > 0
    is_weekend = F.dayofweek("event_on").isin(_SATURDAY, _SUNDAY)
    whole = [
        F.min("age_days").alias("recency_days"),
        F.max("age_days").alias("tenure_days"),
        F.count(F.lit(1)).alias("active_day_count"),
        F.count(F.when(is_weekend, 1)).alias("weekend_day_count"),
        F.min(F.when(has_order, F.col("age_days"))).alias("order_recency_days"),
        F.max(F.when(has_order, F.col("age_days"))).alias("first_order_days"),
        F.count(F.when(has_order, 1)).alias("order_day_count"),
        F.count("gap_days").alias("gap_count"),
        F.sum("gap_days").alias("gap_sum"),
        F.sum(F.col("gap_days") * F.col("gap_days")).alias("gap_square_sum"),
        F.max("gap_days").alias("gap_max_days"),
        *[_total(name).alias(name) for name in ("order_count", "item_count", *_MONEY)],
    ]
    return whole + [total for days in settings.windows_days for total in _within(days, settings)]


def _within(days: int, settings: FeaturesSettings) -> list[Column]:
    """Totals of the last `days` days, 0 without activity."""
    is_recent = F.col("age_days") <= days
    counted = (*_MEASURES, *map(count_name, settings.event_names))
    return [
        F.count(F.when(is_recent, 1)).alias(f"active_day_count_{days}d"),
        *[_total(name, is_recent).alias(f"{name}_{days}d") for name in counted],
    ]


def trait_names(settings: FeaturesSettings) -> tuple[str, ...]:
    """Names of all traits a customer may have; null ones are left out of the map."""
    return (*_summed_names(settings), *_RATIOS, *_SPACING)


def _summed_names(settings: FeaturesSettings) -> list[str]:
    windowed = ("active_day_count", *_MEASURES, *map(count_name, settings.event_names))
    within = [f"{name}_{days}d" for days in settings.windows_days for name in windowed]
    return [*_WHOLE, *_MEASURES, *within]


def _named(settings: FeaturesSettings) -> dict[str, Column]:
    """Trait name → Column over the totals."""
    summed = {name: F.col(name) for name in _summed_names(settings)}
    ratios = {name: _ratio(above, below) for name, (above, below) in _RATIOS.items()}
    return summed | ratios | dict(zip(_SPACING, _spacing(), strict=True))


def _spacing() -> tuple[Column, ...]:
    """Rhythm: the usual gap between active days and orders, and the current one against it."""
    gap_mean = _ratio("gap_sum", "gap_count")
    squares, total, count = (
        F.col(name).cast("double") for name in ("gap_square_sum", "gap_sum", "gap_count")
    )
    variance = (squares - total * total / F.nullif(count, F.lit(0.0))) / (count - 1)
    gap_std = F.when(count > 1, F.sqrt(F.greatest(variance, F.lit(0.0))))
    order_span = F.col("first_order_days") - F.col("order_recency_days")
    order_gap = F.try_divide(
        order_span.cast("double"), (F.col("order_day_count") - 1).cast("double")
    )
    recency, order_recency = (
        F.col(name).cast("double") for name in ("recency_days", "order_recency_days")
    )
    return (
        gap_mean,
        gap_std,
        F.try_divide(recency, gap_mean),
        order_gap,
        F.try_divide(order_recency, order_gap),
    )


def _ratio(above: str, below: str) -> Column:
    """The quotient as a double; null where the divisor is 0 or either side is null."""
    return F.try_divide(F.col(above).cast("double"), F.col(below).cast("double"))


def _total(name: str, condition: Column | None = None) -> Column:
    """The sum where the condition holds, else 0; money in whole units again."""
    value = F.col(name) if condition is None else F.when(condition, F.col(name)).otherwise(0)
    return F.sum(value) / 100 if name in _MONEY else F.sum(value)
