"""Events and their owners to customers and features: jobs build_customers and build_features.

`ours` is both jobs on a lake that holds silver and identity, with every table they write and every
check; `incremental` is both again a day later, after one event in a hundred more. The peer makes
sessions, orders, activity, customers, traits and labels from the same files of the lake.
"""

# ruff: noqa: S608 - every query is our own text

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from cdp_spark.features import snapshot_days
from cdp_spark.lake import Lake, Run
from cdp_spark.launch import Options, job_named, project_folder, run_job
from cdp_spark.settings import Settings, load
from cdp_spark.sources.settings import SourceSettings, SourcesSettings
from cdp_spark.tables import Table
from cdp_spark.tables.features import LABEL, TRAIT
from cdp_spark.tables.gold import ACTIVITY, CUSTOMER, ORDER, SESSION
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.silver import EVENT, SIGHTING
from tests.benchmarks.build_peers import duckdb_build
from tests.benchmarks.histories import DAYS, START_ON, write_histories
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

AS_OF = START_ON + timedelta(days=DAYS)
JOBS = ("build_customers", "build_features")
_SHARE = 100
_MOMENT = datetime(2025, 8, 1, tzinfo=UTC)
_LANDED = Run("benchmark", "benchmark", "operate", _MOMENT.date(), _MOMENT)
_TABLES = {"events": EVENT, "sightings": SIGHTING, "links": LINK}


@dataclass(frozen=True)
class Compared:
    """Columns of a table that must be equal, by how they are written as text.

    `figures` stand in a map of ours; those of `money` count hundredths.
    """

    table: Table
    plain: tuple[str, ...]
    moments: tuple[str, ...] = ()
    cents: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    money: tuple[str, ...] = ()


_SNAPSHOT = ("customer_id", "as_of_on")
_PERSON = ("email", "phone", "first_name", "last_name", "birth_on", "city", "country")
_DAYS_OF = ("recency_days", "tenure_days", "active_day_count", "order_recency_days", "gap_max_days")
COMPARED = {
    "session": Compared(
        SESSION,
        ("session_id", "customer_id", "duration_seconds", "event_count", "page_count",
         "order_count", "campaign"),
        moments=("started_at", "ended_at"),
        cents=("order_amount", "price_min_amount", "price_max_amount"),
        lists=("product_ids", "brands", "categories"),
    ),
    "order": Compared(
        ORDER,
        ("order_key", "order_id", "source", "customer_id", "currency", "line_count"),
        moments=("ordered_at",),
        cents=("amount", "refund_amount", "net_amount"),
    ),
    "activity": Compared(
        ACTIVITY,
        ("customer_id", "event_on", "available_on", "name", "event_count", "order_count",
         "item_count"),
        cents=("order_amount", "refund_amount"),
    ),
    "customer": Compared(
        CUSTOMER,
        ("customer_id", *_PERSON, "is_known", "identifier_count", "event_count", "order_count"),
        moments=("first_seen_at", "last_seen_at"),
        cents=("net_amount",),
    ),
    "trait": Compared(
        TRAIT,
        _SNAPSHOT,
        figures=(*_DAYS_OF, "order_count", "item_count", "product_viewed_count_30d",
                 "active_day_count_90d", "order_count_112d"),
        money=("net_amount", "order_amount", "refund_amount", "net_amount_90d"),
    ),
    "label": Compared(LABEL, _SNAPSHOT, figures=("churn_28d", "buys_14d"), money=("spend_90d",)),
}  # fmt: skip


def lake_settings(root: Path) -> Settings:
    """The project's settings with two sources, one trusted more, and a lake of its own."""
    settings = load(project_folder() / "conf")
    sources = tuple(
        SourceSettings(name=name, format="segment", path=f"landing/{name}", trust=trust)
        for name, trust in (("web", 60), ("shop", 80))
    )
    project = settings.project.model_copy(update={"lake": str(root)})
    return settings.model_copy(
        update={"project": project, "sources": SourcesSettings(entries=sources)}
    )


def land(spark: SparkSession, root: Path, histories: Path, number: int) -> None:
    """Append what was written to silver.event, silver.sighting and identity.link."""
    lake = Lake(spark, str(root), replace(_LANDED, run_id=f"land-{number}"))
    for name, table in _TABLES.items():
        rows = spark.read.parquet(str(histories / name))
        lake.append_once(table, _with_variants(rows, table), "benchmark", number)


def _with_variants(rows: DataFrame, table: Table) -> DataFrame:
    variants = [one.name for one in table.fields if isinstance(one.type, T.VariantType)]
    return rows.withColumns({name: F.parse_json(name) for name in variants})


def built(spark: SparkSession, settings: Settings, as_of: date) -> dict[str, float]:
    """Run both jobs; gives the seconds of each."""
    jobs = [job_named(name, project_folder()) for name in JOBS]
    work = {job.name: partial(run_job, job, spark, settings, Options(as_of)) for job in jobs}
    return {name: timed(run)[0] for name, run in work.items()}


def ours(spark: SparkSession, root: Path) -> Answer:
    """What the tables of gold and features hold."""
    lake = Lake(spark, str(root), _LANDED)
    rows = {name: lake.read(one.table) for name, one in COMPARED.items()}
    counts = {name: frame.count() for name, frame in rows.items()}
    return Answer(
        counts, sum(content_of(rows[name], *_texts(one)) for name, one in COMPARED.items())
    )


def _texts(one: Compared) -> list[Column]:
    figures = F.col(next((name for name in ("traits", "labels") if name in one.table.columns), ""))
    return [
        *[F.col(name) for name in one.plain],
        *[F.unix_micros(name) for name in one.moments],
        *[(F.col(name) * 100).cast("long") for name in one.cents],
        *[F.array_join(name, ",") for name in one.lists],
        *[figures[name].cast("long") for name in one.figures],
        *[F.round(figures[name] * 100).cast("long") for name in one.money],
    ]


def peers(out: Path) -> Answer:
    """What a peer's files hold."""
    found = {
        name: answer_of(query_counts(_asking(out, name, one))) for name, one in COMPARED.items()
    }
    counts = {name: one.counts["n"] for name, one in found.items()}
    return Answer(counts, sum(one.content for one in found.values()))


def _asking(out: Path, name: str, one: Compared) -> str:
    # The peer's traits count money in hundredths; its only label of money does not.
    unit = 100 if one.table is LABEL else 1
    texts = [
        *one.plain,
        *[f"epoch_us({column})" for column in one.moments],
        *[f"({column} * 100)::BIGINT" for column in one.cents],
        *[f"array_to_string({column}, ',')" for column in one.lists],
        *[f"{column}::BIGINT" for column in one.figures],
        *[f"round({column} * {unit})::BIGINT" for column in one.money],
    ]
    content = content_sql(", ".join(texts))
    return f"SELECT count(*) AS n, {content} AS content FROM '{out}/{name}.parquet'"


def measured(spark: SparkSession, rows: int, limit: float, scratch: Path) -> Figures:
    """Both sides on the same lake, and ours once more after some events more.

    Raises:
        Disagreement: DuckDB finds other customers or features, at first or after the rest.
    """
    figures, root = Figures("build", rows), scratch / "lake"
    settings = lake_settings(root)
    write_histories(scratch / "histories" / "first", rows, range(rows))
    land(spark, root, scratch / "histories" / "first", 1)
    talk(f"{rows:,} events are in the lake")
    with PeakMemory() as memory:
        parts = built(spark, settings, AS_OF)
    whole = round(sum(parts.values()), 2)
    figures.seconds |= {"ours": whole, **parts}
    figures.peak_mib = memory.mib
    talk(f"ours {figures.seconds}")
    answers, days = {"ours": ours(spark, root)}, snapshot_days(settings.features.days, AS_OF)
    took = limited(duckdb_build, root, scratch / "duckdb", settings, days, AS_OF, limit=limit)
    figures.compare("duckdb", took, limit)
    talk(f"duckdb {figures.seconds['duckdb']}")
    if took is not None:
        answers["duckdb"] = peers(scratch / "duckdb")
    agree(answers)
    again = increment(spark, settings, rows, scratch)
    figures.seconds["incremental"] = again
    figures.more = {
        "events_per_second": round(rows / whole),
        "incremental_share": round(again / whole, 3),
        **answers["ours"].counts,
    }
    return figures


def increment(spark: SparkSession, settings: Settings, rows: int, scratch: Path) -> float:
    """Seconds of both jobs a day later, for one event in a hundred more.

    Raises:
        Disagreement: gold or features then hold other rows than DuckDB finds in all at once.
    """
    root, later = scratch / "lake", scratch / "histories" / "later"
    more, next_day = max(rows // _SHARE, 1), AS_OF + timedelta(days=1)
    write_histories(later, rows, range(rows, rows + more), is_later=True)
    land(spark, root, later, 2)
    seconds = round(sum(built(spark, settings, next_day).values()), 2)
    talk(f"incremental {seconds}")
    days = (*snapshot_days(settings.features.days, AS_OF), next_day)
    duckdb_build(root, scratch / "again", settings, days, next_day)
    agree({"ours, later": ours(spark, root), "duckdb, whole": peers(scratch / "again")})
    return seconds


def main(arguments: Sequence[str] | None = None, spark: SparkSession | None = None) -> None:
    """Measure and print."""
    bench(measured, __doc__ or "", arguments, spark)


if __name__ == "__main__":
    main(sys.argv[1:])
