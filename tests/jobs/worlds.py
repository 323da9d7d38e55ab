"""Small simulated worlds, and whether two lakes made of them say the same."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.audiences.settings import SegmentSettings
from cdp_spark.commands.shared.demo_files import write_world_days
from cdp_spark.features.settings import DaysSettings
from cdp_spark.lake import Lake, Run
from cdp_spark.lake.fingerprint import content_hash
from cdp_spark.lake.storage import exists
from cdp_spark.launch import Options, Outcome, job_named, run_job
from cdp_spark.models.options import ModelSettings, TreeSettings
from cdp_spark.models.settings import ModelsSettings
from cdp_spark.semantics.expectations import DeliveryExpectations, Freshness, Volume
from cdp_spark.semantics.ownership import current_links
from cdp_spark.settings import Settings, load
from cdp_spark.tables import Table
from cdp_spark.tables.catalogue import TABLES
from cdp_spark.tables.identity import LINK

PROJECT = Path(__file__).resolve().parents[2]
KEY = b"a key of the tests, and no other"
_TREES = TreeSettings(iterations=40, learning_rate=0.3, leaf_rows=5, leaves=2)

Hashes = dict[str, tuple[int, Decimal]]


def small_settings(root: Path, people: int, days: int) -> Settings:
    """The settings of conf for a small lake: fewer days to learn from, smaller models."""
    settings = load(PROJECT / "conf")
    churn = ModelSettings(label="churn_28d", horizon_days=28, test_count=1, trees=_TREES)
    valued = {
        "all": (
            {"score_decile": "churn", "op": "<=", "value": 6},
            {"trait": "order_count", "op": ">=", "value": 1},
        )
    }
    win_back = SegmentSettings.model_validate({"description": "may leave", "rule": valued})
    expectations = DeliveryExpectations(freshness=Freshness(hours=26), batch=Volume(least=1))
    sources = [
        one.model_copy(update={"deliveries": expectations}) for one in settings.sources.entries
    ]
    changes = {
        "sources": {"entries": tuple(sources)},
        "project": {"lake": str(root), "country": "TR"},
        "world": {"people": people, "days": days, "daily_days": 3},
        "features": {"days": DaysSettings(every_days=28, count=3), "windows_days": (14, 112)},
        "models": dict(ModelsSettings(min_outcomes=3, specs={"churn": churn})),
        "audiences": {"segments": {"win_back": win_back}},
    }
    sections = {
        name: getattr(settings, name).model_copy(update=update) for name, update in changes.items()
    }
    return settings.model_copy(update=sections)


def prepared(root: Path) -> Path:
    """The folder of a lake to be, with the tests' key in its place."""
    key = root / "_keys" / "identifier"
    key.parent.mkdir(parents=True)
    key.write_bytes(KEY)
    return root


def lake_of(spark: SparkSession, root: Path, as_of: date, job: str = "a_test") -> Lake:
    """The lake for one look at it, with all rows and columns shown."""
    started = datetime(2026, 1, 1).astimezone()
    return Lake(spark, str(root), Run(job, job, "operate", as_of, started))


def delivered(spark: SparkSession, settings: Settings) -> date:
    """Deliver what is next of the world; gives the last day delivered."""
    root = Path(settings.project.lake)
    return write_world_days(
        lake_of(spark, root, settings.world.start_on, "deliver"), settings.world
    )


def run_all(
    spark: SparkSession,
    settings: Settings,
    options: Options,
    without: Iterable[str] = (),
) -> dict[str, Outcome]:
    """Run the jobs of the workflow in order; what each did, by its name."""
    names = [name for name in settings.project.workflow if name not in set(without)]
    return {name: run_job(job_named(name, PROJECT), spark, settings, options) for name in names}


def written(outcomes: dict[str, Outcome]) -> dict[str, int]:
    """Rows inserted, updated or deleted by these runs, by table."""
    counts: dict[str, int] = {}
    for outcome in outcomes.values():
        for name, entry in outcome.writes.items():
            changed = (count for what, count in entry.items() if what.endswith("_count"))
            counts[name] = counts.get(name, 0) + sum(changed)
    return counts


def stored_tables(root: Path) -> list[Table]:
    """The tables a lake has that tell of the world rather than of its runs."""
    return [
        table
        for name, table in sorted(TABLES.items())
        if not name.startswith(("ops.", "world.")) and exists(str(root), table)
    ]


def hashes(spark: SparkSession, root: Path, as_of: date) -> Hashes:
    """Number of rows and hash of content of every table but those of the runs."""
    lake = lake_of(spark, root, as_of)
    return {table.name: content_hash(lake.read(table), table) for table in stored_tables(root)}


def comparable_rows(lake: Lake, table: Table, leave_out: Iterable[str] = ()) -> list[str]:
    """A table's content as sorted lines of JSON, with customers called by their people's names.

    A customer's name is the smallest identifier among the current links: two lakes that know the
    same people under other ids agree on it.
    """
    rows = lake.read(table)
    if table.subject == "customer_id":
        links = current_links(lake.read(LINK))
        names = links.groupBy("customer_id").agg(F.min("identifier_key").alias("person"))
        rows = rows.join(names, on="customer_id", how="left_outer")
        rows = rows.withColumn("customer_id", F.coalesce("person", F.lit("unknown")))
    kept = [name for name in table.content if name not in set(leave_out)]
    line = F.to_json(F.struct(*kept), {"ignoreNullFields": "false"})
    return sorted(row["line"] for row in rows.select(line.alias("line")).collect())
