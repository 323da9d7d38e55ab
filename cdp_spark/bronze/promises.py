"""Whether sources deliver as often and as much as they promise."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables.bronze import DELIVERY_CHECK
from cdp_spark.terms.promises import Freshness, Promises, Volume

_KEY = ["source", "promise", "scope"]


def checks_of(
    files: DataFrame, judged: DataFrame, source: str, promises: Promises, now: datetime
) -> DataFrame:
    """bronze.delivery_check rows of one source: how its promises stand at `now`.

    `files` are the source's rows of bronze.file, `judged` its rows of bronze.delivery_check: each
    batch and each day that is over is judged once, from the newest on where none was before.
    At least one promise is made.
    """
    parts = []
    if promises.freshness:
        parts.append(_freshness(files, judged, promises.freshness, now))
    if promises.batch:
        parts.append(_judged(_batches(files, judged), "batch", promises.batch))
    if promises.day:
        parts.append(_judged(_days(files, judged, now.date()), "day", promises.day))
    rows = reduce(DataFrame.unionByName, parts)
    return rows.withColumn("source", F.lit(source)).select(*DELIVERY_CHECK.columns)


def newly_broken(found: DataFrame, judged: DataFrame) -> DataFrame:
    """The rows found broken that were not known to be."""
    known = judged.where("is_broken").select(*_KEY)
    return found.where("is_broken").join(known, on=_KEY, how="left_anti")


def standing_of(checks: DataFrame) -> DataFrame:
    """One row per source and promise: its newest check, `checked_count` and `broken_count`."""
    told = [name for name in DELIVERY_CHECK.columns if name not in {"source", "promise"}]
    # Batches of one run were planned at one moment; longer numbers are higher.
    newest = F.max_by(F.struct(*told), F.struct("delivered_at", F.length("scope"), "scope"))
    return (
        checks.groupBy("source", "promise")
        .agg(
            newest.alias("newest"),
            F.count("*").alias("checked_count"),
            F.count_if("is_broken").alias("broken_count"),
        )
        .select("source", "promise", "newest.*", "checked_count", "broken_count")
    )


def stopping(checks: DataFrame, news: DataFrame, promised: Mapping[str, Promises]) -> DataFrame:
    """The broken checks that end a run: the newest of each promise, and what it found anew.

    Of promises whose verb is fail, as sources promise today. A run tried again ends so, too.
    """
    is_asked = F.lit(False)  # noqa: FBT003 - a literal column
    for source, promises in promised.items():
        failing = [name for name, verb in promises.verbs.items() if verb == "fail"]
        is_asked |= (F.col("source") == source) & F.col("promise").isin(*failing)
    told = [*_KEY, "record_count", "due_at", "is_broken"]
    both = standing_of(checks).select(*told).unionByName(news.select(*told))
    return both.where(is_asked & F.col("is_broken")).dropDuplicates(_KEY)


def _freshness(files: DataFrame, judged: DataFrame, promise: Freshness, now: datetime) -> DataFrame:
    last = _came(files).agg(F.max(_delivered()).alias("last"))
    # Of a source that never delivered the first run keeps its own moment here.
    known = judged.where(F.col("promise") == "freshness").agg(F.max("delivered_at").alias("known"))
    due = F.col("delivered_at") + F.lit(timedelta(hours=promise.hours))
    return (
        last.crossJoin(known)
        .select(F.coalesce("last", "known", F.lit(now)).alias("delivered_at"))
        .withColumn("due_at", due)
        .select(
            F.lit("freshness").alias("promise"),
            F.lit("latest").alias("scope"),
            F.lit(promise.verb).alias("verb"),
            _count(None).alias("record_count"),
            _count(None).alias("least_count"),
            _count(None).alias("most_count"),
            "delivered_at",
            "due_at",
            (F.col("due_at") < F.lit(now)).alias("is_broken"),
        )
    )


def _batches(files: DataFrame, judged: DataFrame) -> DataFrame:
    """Batches not judged yet: `scope`, `record_count`, `delivered_at`."""
    last = _judged_before(judged, "batch", F.col("scope").cast("long"))
    newest = files.agg(F.max("batch").alias("newest"))
    bound = last.crossJoin(newest).select(F.coalesce("last", F.col("newest") - 1).alias("bound"))
    counted = files.groupBy("batch").agg(
        F.sum("record_count").alias("record_count"), F.max("taken_at").alias("delivered_at")
    )
    return (
        counted.crossJoin(bound)
        .where(F.col("batch") > F.col("bound"))
        .select(F.col("batch").cast("string").alias("scope"), "record_count", "delivered_at")
    )


def _days(files: DataFrame, judged: DataFrame, today: date) -> DataFrame:
    """Days that are over and not judged yet, those without a delivery too; as `_batches`.

    The day of a source's first delivery had begun without it, and is not judged.
    """
    yesterday = F.lit(today - timedelta(days=1))
    came = _came(files).select(F.to_date(_delivered()).alias("day_on"), "record_count")
    begun = came.agg(F.min("day_on").alias("begun"))
    last = _judged_before(judged, "day", F.to_date("scope"))
    start = F.coalesce(F.date_add("last", 1), yesterday)
    bound = begun.crossJoin(last).withColumn("start", start)
    is_due = (F.col("start") <= yesterday) & (F.col("begun") < F.col("start"))
    days = bound.where(is_due).select(F.explode(F.sequence("start", yesterday)).alias("day_on"))
    counted = came.groupBy("day_on").agg(F.sum("record_count").alias("found"))
    return days.join(counted, on="day_on", how="left").select(
        F.col("day_on").cast("string").alias("scope"),
        F.coalesce("found", F.lit(0)).alias("record_count"),
        F.date_add("day_on", 1).cast("timestamp").alias("delivered_at"),
    )


def _judged(counted: DataFrame, name: str, promise: Volume) -> DataFrame:
    count = F.col("record_count")
    is_few = count < F.lit(promise.least) if promise.least is not None else F.lit(False)  # noqa: FBT003
    is_many = count > F.lit(promise.most) if promise.most is not None else F.lit(False)  # noqa: FBT003
    return counted.select(
        F.lit(name).alias("promise"),
        "scope",
        F.lit(promise.verb).alias("verb"),
        count.cast("long").alias("record_count"),
        _count(promise.least).alias("least_count"),
        _count(promise.most).alias("most_count"),
        "delivered_at",
        F.lit(None).cast("timestamp").alias("due_at"),
        (is_few | is_many).alias("is_broken"),
    )


def _judged_before(judged: DataFrame, promise: str, place: Column) -> DataFrame:
    return judged.where(F.col("promise") == promise).agg(F.max(place).alias("last"))


def _delivered() -> Column:
    # As the folder says, but for ranges, and not later: its clock must not hide silence.
    return F.least("modified_at", "taken_at")


def _came(files: DataFrame) -> DataFrame:
    return files.where(~F.col("is_refused") & (F.col("record_count") > 0))


def _count(number: int | None) -> Column:
    return F.lit(number).cast("long")
