"""Events of customers to visits: gold.sessions_of beside window queries over the same Parquet.

All sides read the same files, make the same columns and write Parquet with zstd.
"""

# ruff: noqa: S608 - every query is our own text

import sys
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.gold import sessions_of
from cdp_spark.launch import project_folder
from cdp_spark.settings import load
from tests.benchmarks.measure import (
    Answer,
    Figures,
    PeakMemory,
    agree,
    answer_of,
    bench,
    content_of,
    content_sql,
    limited,
    query_counts,
    talk,
    timed,
)
from tests.benchmarks.session_peers import duckdb_sessions, polars_sessions
from tests.benchmarks.visits import write_visits

PEERS = {"duckdb": duckdb_sessions, "polars": polars_sessions}
_COUNTS = {
    "events": "event_count",
    "seconds": "duration_seconds",
    "pages": "page_count",
    "orders": "order_count",
}


def ours(spark: SparkSession, visits: Path) -> Answer:
    """What our visits hold."""
    rows = spark.read.parquet(str(visits))
    sums = [F.sum(column).alias(name) for name, column in _COUNTS.items()]
    found = rows.agg(F.count("*").alias("sessions"), *sums).first()
    counts = {} if found is None else {name: int(n or 0) for name, n in found.asDict().items()}
    lists = [F.array_join(name, ",") for name in ("product_ids", "brands", "categories")]
    cents = [F.col(f"{name}_amount") * 100 for name in ("order", "price_min", "price_max")]
    plain = [F.col(name) for name in ("customer_id", *_COUNTS.values(), "campaign")]
    derived = [F.unix_micros("started_at"), *lists, *[one.cast("long") for one in cents]]
    content = content_of(rows, *plain, *derived)
    return Answer(counts, content)


def peers(visits: Path) -> Answer:
    """What a peer's visits hold."""
    sums = ", ".join(f"sum({column}) AS {name}" for name, column in _COUNTS.items())
    lists = [f"array_to_string({name}, ',')" for name in ("product_ids", "brands", "categories")]
    cents = [f"({name}_amount * 100)::BIGINT" for name in ("order", "price_min", "price_max")]
    plain = ["customer_id", *_COUNTS.values(), "campaign"]
    columns = [*plain, "epoch_us(started_at)", *lists, *cents]
    content = content_sql(", ".join(columns))
    query = f"SELECT count(*) AS sessions, {sums}, {content} AS content FROM '{visits}'"
    return answer_of(query_counts(query))


def measured(spark: SparkSession, rows: int, limit: float, scratch: Path) -> Figures:
    """All sides on the same events.

    Raises:
        Disagreement: a side found other visits.
    """
    figures = Figures("session", rows)
    gold = load(project_folder() / "conf").gold
    events = scratch / "events"
    write_visits(events, rows)
    talk(f"{rows:,} events written")
    with PeakMemory() as memory:
        valued = spark.read.parquet(str(events)).withColumn("value", F.col("amount"))
        visits = sessions_of(valued, gold)
        out = str(scratch / "ours")
        seconds, _ = timed(lambda: visits.write.option("compression", "zstd").parquet(out))
    figures.seconds["ours"] = seconds
    figures.peak_mib = memory.mib
    talk(f"ours {seconds}")
    answers = {"ours": ours(spark, scratch / "ours")}
    bought = (*gold.orders.whole, *gold.orders.lines)
    for name, work in PEERS.items():
        file = scratch / f"{name}.parquet"
        took = limited(work, events, file, gold.session_gap_minutes * 60, bought, limit=limit)
        figures.compare(name, took, limit)
        if took is not None:
            answers[name] = peers(file)
        talk(f"{name} {figures.seconds[name]}")
    agree(answers)
    figures.more = {"events_per_second": round(rows / seconds)}
    return figures


def main(arguments: Sequence[str] | None = None, spark: SparkSession | None = None) -> None:
    """Measure and print."""
    bench(measured, __doc__ or "", arguments, spark)


if __name__ == "__main__":
    main(sys.argv[1:])
