"""Checks of delivery expectations: how often a source delivers, and how many records."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.semantics.expectations import DeliveryExpectations, Freshness, Volume
from cdp_spark.tables.bronze import DELIVERY_CHECK

_KEY = ["source", "expectation", "scope"]


def source_checks(
    files: DataFrame, earlier: DataFrame, source: str, expected: DeliveryExpectations, now: datetime
) -> DataFrame:
    """bronze.delivery_check rows of one source: its expectations checked at `now`.

    `files` are the source's rows of bronze.file, `earlier` its rows of bronze.delivery_check. Each
    batch and each finished day is checked once; the first check starts with the newest.
    There is at least one expectation.
    """
    parts = []
    if expected.freshness:
        parts.append(_freshness_check(files, earlier, expected.freshness, now))
    if expected.batch:
        parts.append(_volume_checks(_new_batches(files, earlier), "batch", expected.batch))
    if expected.day:
        days = _new_days(files, earlier, now.date())
        parts.append(_volume_checks(days, "day", expected.day))
    rows = reduce(DataFrame.unionByName, parts)
    return rows.withColumn("source", F.lit(source)).select(*DELIVERY_CHECK.columns)


def newly_failed(checks: DataFrame, earlier: DataFrame) -> DataFrame:
    """Failed checks that had not failed in `earlier`."""
    known = earlier.where("is_failed").select(*_KEY)
    return checks.where("is_failed").join(known, on=_KEY, how="left_anti")


def latest_checks(checks: DataFrame) -> DataFrame:
    """One row per source and expectation: its newest check, `checked_count` and `failed_count`."""
    values = [name for name in DELIVERY_CHECK.columns if name not in {"source", "expectation"}]
    # Batches of one run have the same time, so the batch number decides; longer ones are higher.
    newest = F.max_by(F.struct(*values), F.struct("delivered_at", F.length("scope"), "scope"))
    return (
        checks.groupBy("source", "expectation")
        .agg(
            newest.alias("newest"),
            F.count("*").alias("checked_count"),
            F.count_if("is_failed").alias("failed_count"),
        )
        .select("source", "expectation", "newest.*", "checked_count", "failed_count")
    )


def blocking_checks(
    checks: DataFrame, newly_failed: DataFrame, expectations: Mapping[str, DeliveryExpectations]
) -> DataFrame:
    """Failed checks that end the run: the newest of each expectation, and those newly failed.

    Only expectations that are set to `fail` now. A rerun ends the same way.
    """
    must_hold = F.lit(False)  # noqa: FBT003 - a literal column
    for source, expected in expectations.items():
        failing = [name for name, action in expected.actions.items() if action == "fail"]
        must_hold |= (F.col("source") == source) & F.col("expectation").isin(*failing)
    columns = [*_KEY, "record_count", "due_at", "is_failed"]
    both = latest_checks(checks).select(*columns).unionByName(newly_failed.select(*columns))
    return both.where(must_hold & F.col("is_failed")).dropDuplicates(_KEY)


def _freshness_check(
    files: DataFrame, earlier: DataFrame, expected: Freshness, now: datetime
) -> DataFrame:
    last = _non_empty(files).agg(F.max(_delivered_at()).alias("last"))
    # For a source that never delivered, this keeps the time of its first run.
    known = earlier.where(F.col("expectation") == "freshness").agg(
        F.max("delivered_at").alias("known")
    )
    due = F.col("delivered_at") + F.lit(timedelta(hours=expected.hours))
    return (
        last.crossJoin(known)
        .select(F.coalesce("last", "known", F.lit(now)).alias("delivered_at"))
        .withColumn("due_at", due)
        .select(
            F.lit("freshness").alias("expectation"),
            F.lit("latest").alias("scope"),
            F.lit(expected.on_violation).alias("on_violation"),
            _count(None).alias("record_count"),
            _count(None).alias("least_count"),
            _count(None).alias("most_count"),
            "delivered_at",
            "due_at",
            (F.col("due_at") < F.lit(now)).alias("is_failed"),
        )
    )


def _new_batches(files: DataFrame, earlier: DataFrame) -> DataFrame:
    """Batches not checked yet: `scope`, `record_count`, `delivered_at`."""
    last = _last_checked(earlier, "batch", F.col("scope").cast("long"))
    newest = files.agg(F.max("batch").alias("newest"))
    bound = last.crossJoin(newest).select(F.coalesce("last", F.col("newest") - 1).alias("bound"))
    batches = files.groupBy("batch").agg(
        F.sum("record_count").alias("record_count"), F.max("taken_at").alias("delivered_at")
    )
    return (
        batches.crossJoin(bound)
        .where(F.col("batch") > F.col("bound"))
        .select(F.col("batch").cast("string").alias("scope"), "record_count", "delivered_at")
    )


def _new_days(files: DataFrame, earlier: DataFrame, today: date) -> DataFrame:
    """Finished days not checked yet, also those without a delivery; columns as in `_new_batches`.

    The day of a source's first delivery is incomplete, so it is not checked.
    """
    yesterday = F.lit(today - timedelta(days=1))
    delivered = _non_empty(files).select(F.to_date(_delivered_at()).alias("day_on"), "record_count")
    begun = delivered.agg(F.min("day_on").alias("begun"))
    last = _last_checked(earlier, "day", F.to_date("scope"))
    start = F.coalesce(F.date_add("last", 1), yesterday)
    bound = begun.crossJoin(last).withColumn("start", start)
    is_due = (F.col("start") <= yesterday) & (F.col("begun") < F.col("start"))
    days = bound.where(is_due).select(F.explode(F.sequence("start", yesterday)).alias("day_on"))
    counts = delivered.groupBy("day_on").agg(F.sum("record_count").alias("found"))
    return days.join(counts, on="day_on", how="left").select(
        F.col("day_on").cast("string").alias("scope"),
        F.coalesce("found", F.lit(0)).alias("record_count"),
        F.date_add("day_on", 1).cast("timestamp").alias("delivered_at"),
    )


def _volume_checks(counts: DataFrame, name: str, expected: Volume) -> DataFrame:
    count = F.col("record_count")
    never = F.lit(False)  # noqa: FBT003 - a literal column
    is_few = count < F.lit(expected.least) if expected.least is not None else never
    is_many = count > F.lit(expected.most) if expected.most is not None else never
    return counts.select(
        F.lit(name).alias("expectation"),
        "scope",
        F.lit(expected.on_violation).alias("on_violation"),
        count.cast("long").alias("record_count"),
        _count(expected.least).alias("least_count"),
        _count(expected.most).alias("most_count"),
        "delivered_at",
        F.lit(None).cast("timestamp").alias("due_at"),
        (is_few | is_many).alias("is_failed"),
    )


def _last_checked(earlier: DataFrame, name: str, scope: Column) -> DataFrame:
    return earlier.where(F.col("expectation") == name).agg(F.max(scope).alias("last"))


def _delivered_at() -> Column:
    # A file time in the future must not hide that the source is silent; a range has no file time.
    return F.least("modified_at", "taken_at")


def _non_empty(files: DataFrame) -> DataFrame:
    return files.where(~F.col("is_rejected") & (F.col("record_count") > 0))


def _count(number: int | None) -> Column:
    return F.lit(number).cast("long")
