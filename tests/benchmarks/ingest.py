"""Raw Segment lines to checked, de-duplicated events: the jobs ingest_events and refine_events.

`ours` is both jobs on a fresh lake, with every record kept, every check and every table they write;
`incremental` is both again after one line in a hundred more. `floor` is the least that Spark can do
in the same session, warm by then: read the lines, take the peers' fields out, write them once.
"""

# ruff: noqa: S608 - every query is our own text

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import Run
from cdp_spark.launch import Options, job_named, open_lake, project_folder, run_job
from cdp_spark.settings import Settings, load
from cdp_spark.sources.settings import SourceSettings, SourcesSettings
from cdp_spark.tables.silver import DUPLICATE, EVENT, REJECTED
from tests.benchmarks.ingest_peers import duckdb_events, polars_events
from tests.benchmarks.lines import write_lines
from tests.benchmarks.measure import (
    Answer,
    Figures,
    PeakMemory,
    PeerKilled,
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

PEERS = {"duckdb": duckdb_events, "polars": polars_events}
_JOBS = ("ingest_events", "refine_events")
AS_OF = date(2025, 6, 1)
_SHARE = 100
_PERSON = "email string, phone string, firstName string, lastName string"
_FLOOR = (
    "messageId string, type string, event string, name string, timestamp timestamp, "
    "receivedAt timestamp, userId string, anonymousId string, "
    "properties struct<order_id string, total string, currency string>, "
    f"traits struct<{_PERSON}, address struct<city string, country string>>, "
    "context struct<device struct<advertisingId string>>"
)


def lake_settings(root: Path) -> Settings:
    """The project's settings with one Segment source and a lake of its own."""
    settings = load(project_folder() / "conf")
    web = SourceSettings(name="web", format="segment", path="landing/web")
    project = settings.project.model_copy(update={"lake": str(root)})
    return settings.model_copy(
        update={"project": project, "sources": SourcesSettings(entries=(web,))}
    )


def refined(spark: SparkSession, settings: Settings) -> dict[str, float]:
    """Run both jobs on what has landed; gives the seconds of each."""
    jobs = [job_named(name) for name in _JOBS]
    work = {job.name: partial(run_job, job, spark, settings, Options(AS_OF)) for job in jobs}
    return {name: timed(run)[0] for name, run in work.items()}


def ours(spark: SparkSession, settings: Settings) -> Answer:
    """What silver holds."""
    run = Run("benchmark", "benchmark", "operate", AS_OF, datetime.now(tz=UTC))  # noqa: TID251
    lake = open_lake(spark, settings, run)
    tables = {"events": EVENT, "rejected": REJECTED, "duplicates": DUPLICATE}
    counts = {name: lake.read(table).count() for name, table in tables.items()}
    moment = F.unix_micros("available_at")
    return Answer(counts, content_of(lake.read(EVENT), "event_id", "sha256", "email", moment))


def floor(spark: SparkSession, landing: Path, out: Path) -> None:
    """Lines to columns to one Delta table: nothing is checked, normalised or deduplicated."""
    lines = spark.read.text(str(landing))
    event = lines.select(F.from_json("value", _FLOOR).alias("event")).select("event.*")
    event.write.format("delta").save(str(out))


def peers(out: Path, lines: int) -> Answer:
    """What a peer wrote; its duplicates are the lines that are neither event nor rejected."""
    content = content_sql("event_id, sha256, email, epoch_us(available_at)")
    rejected = f"(SELECT count(*) FROM '{out}/rejected.parquet')"
    return answer_of(
        query_counts(
            f"SELECT count(*) AS events, {rejected} AS rejected, "
            f"{lines} - count(*) - {rejected} AS duplicates, {content} AS content "
            f"FROM '{out}/events.parquet'"
        )
    )


def measured(spark: SparkSession, rows: int, limit: float, scratch: Path) -> Figures:
    """Both sides on the same lines, and ours once more with some lines added.

    Raises:
        Disagreement: a side found other events, winners or rejections, at first or after the rest.
    """
    figures = Figures("ingest", rows)
    settings, landing = lake_settings(scratch / "lake"), scratch / "lake" / "landing" / "web"
    write_lines(landing, 0, rows, rows)
    talk(f"{rows:,} lines in {len(list(landing.iterdir()))} files")
    answers = {}
    with PeakMemory() as memory:
        parts = refined(spark, settings)
        answers["ours"] = ours(spark, settings)
        figures.seconds |= {"ours": round(sum(parts.values()), 2), **parts}
        talk(f"ours {figures.seconds}")
    figures.seconds["floor"], _ = timed(partial(floor, spark, landing, scratch / "floor"))
    talk(f"floor {figures.seconds['floor']}")
    answers |= beside(figures, landing, scratch, limit)
    agree(answers)
    full, again = sum(parts.values()), increment(spark, settings, rows, scratch)
    figures.seconds["incremental"] = again
    figures.more = {
        "events_per_second": round(rows / full),
        "incremental_share": round(again / full, 3),
    }
    figures.peak_mib = memory.mib
    return figures


def beside(figures: Figures, landing: Path, scratch: Path, limit: float) -> dict[str, Answer]:
    """What the peers find, and in how many seconds; one that dies finds nothing."""
    answers = {}
    for name, work in PEERS.items():
        try:
            seconds = limited(work, landing, scratch / name, limit=limit)
        except PeerKilled:
            figures.died(name)
            talk(f"{name} died")
            continue
        figures.compare(name, seconds, limit)
        if seconds is not None:
            answers[name] = peers(scratch / name, figures.rows)
        talk(f"{name} {figures.seconds[name]}")
    return answers


def increment(spark: SparkSession, settings: Settings, rows: int, scratch: Path) -> float:
    """Seconds of both jobs for one line in a hundred more.

    Raises:
        Disagreement: silver then holds other events than DuckDB finds in all lines at once.
    """
    landing, more = scratch / "lake" / "landing" / "web", max(rows // _SHARE, 1)
    write_lines(landing, rows, more, rows, files=1)
    seconds = round(sum(refined(spark, settings).values()), 2)
    duckdb_events(landing, scratch / "again")
    whole = peers(scratch / "again", rows + more)
    agree({"ours, incremental": ours(spark, settings), "duckdb, whole": whole})
    return seconds


def main(arguments: Sequence[str] | None = None, spark: SparkSession | None = None) -> None:
    """Measure and print."""
    bench(measured, __doc__ or "", arguments, spark)


if __name__ == "__main__":
    main(sys.argv[1:])
