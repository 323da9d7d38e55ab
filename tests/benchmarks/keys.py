"""What de-duplication over the life of the table costs: a batch of records beside silver.key.

`--rows` are the keys that are stored. `ours` finds which of a batch's keys stand more than once, in
the batch or in silver.key; `again` is the same a second time, `append` what the batch adds to
silver.key. Peers read the same Delta table's files.
"""

# ruff: noqa: S608 - every query is our own text

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import Lake, Run
from cdp_spark.silver import contested_keys, keys_of
from cdp_spark.tables.silver import KEY
from tests.benchmarks.ingest import AS_OF
from tests.benchmarks.keys_peers import duckdb_keys, polars_keys
from tests.benchmarks.measure import (
    Answer,
    Figures,
    PeakMemory,
    agree,
    answer_of,
    bench,
    content_sql,
    limited,
    query_counts,
    talk,
    timed,
)

PEERS = {"duckdb": duckdb_keys, "polars": polars_keys}
_BATCH = 100_000
_APPENDS = 16
_DAYS = 1000
# Of a hundred records of a batch three repeat a stored event and one another of the batch.
_STORED, _TWICE = 3, 1


def _keyed(numbers: DataFrame) -> DataFrame:
    """`event_key` and `event_on` of events by number, spread over a thousand days."""
    day = F.date_add(F.lit("2022-09-01").cast("date"), (F.col("id") % _DAYS).cast("int"))
    return numbers.select(
        F.md5(F.concat(F.lit("event "), "id")).alias("event_key"), day.alias("event_on")
    )


def _hashed(keys: DataFrame) -> DataFrame:
    return keys.withColumn("key_hash", F.xxhash64("event_key"))


def batch_of(spark: SparkSession, stored: int, size: int) -> DataFrame:
    """Keys, their hashes and days of a batch's records after so many events."""
    place = F.col("id") % 100
    number = (
        F.when(place < _STORED, F.col("id") * 7919 % stored)
        .when(place < _STORED + _TWICE, stored + F.col("id") + 10)
        .otherwise(stored + F.col("id"))
    )
    return _hashed(_keyed(spark.range(size).select(number.alias("id"))))


def opened(spark: SparkSession, scratch: Path) -> Lake:
    """A lake of the benchmark's own."""
    run = Run("benchmark", "benchmark", "operate", AS_OF, datetime.now(tz=UTC))  # noqa: TID251
    return Lake(spark, str(scratch / "lake"), run)


def stored_keys(spark: SparkSession, rows: int, scratch: Path) -> None:
    """Fill silver.key as runs do: each appends what its batch brought, in no order."""
    share = -(-rows // _APPENDS)
    for number in range(_APPENDS):
        keys = _hashed(_keyed(spark.range(number * share, min((number + 1) * share, rows))))
        batch = keys.select(*KEY.columns)
        opened(spark, scratch).append_once(KEY, batch, "filling", number)


def files_of(spark: SparkSession, scratch: Path) -> list[str]:
    """The files that the newest version of silver.key is made of."""
    table = DeltaTable.forPath(spark, str(scratch / "lake" / "silver" / "key"))
    return [name.removeprefix("file:") for name in table.toDF().inputFiles()]


def answer(contested: Path) -> Answer:
    """How many keys occur twice in a batch and how many are stored, and which on which days."""
    content = content_sql("key_hash, stored_on")
    return answer_of(
        query_counts(
            f"SELECT count(*) FILTER (stored_on IS NULL) AS twice, count(stored_on) AS stored, "
            f"{content} AS content FROM '{contested}/*.parquet'"
        )
    )


def measured(spark: SparkSession, rows: int, limit: float, scratch: Path) -> Figures:
    """All sides on the same stored keys and the same batch.

    Raises:
        Disagreement: a side found other keys.
    """
    figures, size = Figures("keys", rows), min(_BATCH, rows)
    stored_keys(spark, rows, scratch)
    batch_of(spark, rows, size).write.parquet(str(scratch / "batch"))
    valid, files = spark.read.parquet(str(scratch / "batch")), files_of(spark, scratch)
    talk(f"{rows:,} keys are stored in {len(files)} files")
    answers = {}
    with PeakMemory() as memory:
        for part in ("ours", "again"):
            contested = contested_keys(valid, opened(spark, scratch).read(KEY))
            kept = scratch / part
            figures.seconds[part], _ = timed(partial(contested.write.parquet, str(kept)))
            answers[part] = answer(kept)
    figures.peak_mib = memory.mib
    for name, work in PEERS.items():
        seconds = limited(work, files, scratch / "batch", scratch / name, limit=limit)
        figures.compare(name, seconds, limit)
        if seconds is not None:
            answers[name] = answer(scratch / name)
    agree(answers)
    added = keys_of(valid, spark.read.parquet(str(scratch / "ours")))
    figures.seconds["append"], _ = timed(
        lambda: opened(spark, scratch).append_once(KEY, added, "batch", 0)
    )
    figures.more = {"batch": size, **answers["ours"].counts}
    return figures


def main(arguments: Sequence[str] | None = None, spark: SparkSession | None = None) -> None:
    """Measure and print."""
    bench(measured, __doc__ or "", arguments, spark)


if __name__ == "__main__":
    main(sys.argv[1:])
