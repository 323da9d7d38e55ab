"""Ranks the records of one event key: the first is the event, over the life of the table.

Nearly all keys occur once. The others are found by 64-bit hashes, in the batch and in silver.key.
Only their records are compared in full, with stored events of the days in silver.key. If two keys
have the same hash, that costs a comparison, but no event is lost.
"""

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from cdp_spark.tables.silver import KEY

_ORDER = ("available_at", "sha256", "record_id")
_ORIGIN = ("source", "record_id", "raw_hash", "batch", "event_key", *_ORDER[:2])
_MOST_DAYS = 400  # with more, evaluating the predicate costs more than it saves


def keys_of(valid: DataFrame, contested: DataFrame) -> DataFrame:
    """silver.key rows of valid records that are not stored yet.

    Includes duplicates, so the table does not depend on the order of arrival.
    """
    keys = valid.select(_hash(), "event_on").distinct()
    stored = contested.select("key_hash", F.col("stored_on").alias("event_on"))
    return keys.join(stored, on=["key_hash", "event_on"], how="left_anti").select(*KEY.columns)


def contested_keys(valid: DataFrame, known: DataFrame) -> DataFrame:
    """`key_hash` of keys that occur more than once, and `stored_on`, the day of a stored event.

    `valid` are the run's records that are not rejected, `known` the rows of silver.key. One row
    per key with several records, with a null day, and one per stored key and day.
    """
    hashes = valid.select(_hash())
    counted = hashes.groupBy("key_hash").agg(F.count("*").alias("record_count"))
    twice = counted.where(F.col("record_count") > 1).select("key_hash", _no_day())
    stored = known.join(hashes, on="key_hash", how="left_semi")
    return twice.unionByName(stored.select("key_hash", F.col("event_on").alias("stored_on")))


def ranked_records(valid: DataFrame, contested: DataFrame, stored: DataFrame) -> DataFrame:
    """Records of contested keys, with the stored events of these keys, ranked.

    `rank` is 1 for the event. `is_new` is true for records of this run and false for stored events.
    `has_stored` is true if the key has a stored event from a record of another run. `stored` are
    the rows of silver.event.
    """
    new = _with_key_in(valid, contested).select(*_ORIGIN, F.lit(True).alias("is_new"))  # noqa: FBT003
    rivals = _with_key_in(_near(stored, contested), contested.where(F.col("stored_on").isNotNull()))
    # After a killed run its records come again: one must not compete with itself.
    keys = new.select("event_key", "record_id")
    others = rivals.join(keys.select("event_key"), on="event_key", how="left_semi").join(
        keys, on=["event_key", "record_id"], how="left_anti"
    )
    candidates = new.unionByName(others.select(*_ORIGIN, F.lit(False).alias("is_new")))  # noqa: FBT003
    of_key = Window.partitionBy("event_key")
    return candidates.select(
        "*",
        F.row_number().over(_by_key()).alias("rank"),
        F.max(~F.col("is_new")).over(of_key).alias("has_stored"),
    )


def _hash() -> Column:
    return F.xxhash64("event_key").alias("key_hash")


def _no_day() -> Column:
    return F.lit(None).cast("date").alias("stored_on")


def _with_key_in(rows: DataFrame, contested: DataFrame) -> DataFrame:
    hashes = contested.select("key_hash")
    return rows.withColumn("key_hash", _hash()).join(hashes, on="key_hash", how="left_semi")


def _near(stored: DataFrame, contested: DataFrame) -> DataFrame:
    """Stored events of the days on which a contested key has one; all if there are many days."""
    days = contested.where(F.col("stored_on").isNotNull()).select("stored_on").distinct()
    found = [row["stored_on"] for row in days.limit(_MOST_DAYS + 1).collect()]
    if not found:
        return stored.limit(0)
    return stored.where(F.col("event_on").isin(found)) if len(found) <= _MOST_DAYS else stored


def _by_key() -> WindowSpec:
    return Window.partitionBy("event_key").orderBy(*[F.col(name) for name in _ORDER])
