"""How long new events take from the landing folder to silver and to audiences, in a warm session.

`python -m tests.benchmarks.latency [--rows PEOPLE]`: a simulated world of so many people is taken
by every step of the workflow, then a hundred new events of known people land seven times; the first
two rounds are not counted. `ours` is the median over five rounds from the file to the segments,
`silver` the part of it to silver.event; `jobs` are the Spark jobs of a round.
"""

from datetime import date, timedelta
from pathlib import Path
from statistics import median

from pyspark.sql import SparkSession

from cdp_spark.commands.shared.demo_files import write_world_days
from cdp_spark.launch import Options, job_named, run_job
from cdp_spark.settings import Settings, load
from tests.benchmarks.measure import Figures, PeakMemory, bench, talk, timed
from tests.budgets.counting import counting, land_more
from tests.jobs.worlds import PROJECT, lake_of, prepared

_WARM, _ROUNDS = 2, 5
_TO_SILVER = ("ingest_events", "refine_events")
_TO_AUDIENCES = (
    "resolve_identities",
    "build_customers",
    "build_features",
    "score_customers",
    "build_audiences",
)


def measured(spark: SparkSession, people: int, limit: float, scratch: Path) -> Figures:
    """The figures of all rounds; there is no peer."""
    del limit
    settings, as_of = _world(spark, people, prepared(scratch / "lake"))
    options = Options(as_of)
    talk("the first days …")
    for name in settings.project.workflow:
        run_job(job_named(name, PROJECT), spark, settings, options)
    found: list[tuple[float, float, int]] = []
    with PeakMemory() as peak:
        for number in range(_WARM + _ROUNDS):
            land_more(Path(settings.project.lake), str(as_of - timedelta(days=1)), number)
            with counting(spark) as counted:
                silver, _ = timed(lambda: _run(spark, settings, options, _TO_SILVER))
                rest, _ = timed(lambda: _run(spark, settings, options, _TO_AUDIENCES))
            talk(f"round {number}: silver {silver} s, audiences {silver + rest:.2f} s")
            found.append((silver, silver + rest, counted.jobs))
    rounds = found[_WARM:]
    return Figures(
        benchmark="latency",
        rows=people,
        seconds={
            "ours": round(median(one[1] for one in rounds), 2),
            "silver": round(median(one[0] for one in rounds), 2),
        },
        peak_mib=peak.mib,
        more={"jobs": int(median(one[2] for one in rounds))},
    )


def _world(spark: SparkSession, people: int, root: Path) -> tuple[Settings, date]:
    settings = load(PROJECT / "conf")
    changes = {"project": {"lake": str(root)}, "world": {"people": people}}
    sections = {
        name: getattr(settings, name).model_copy(update=update) for name, update in changes.items()
    }
    settings = settings.model_copy(update=sections)
    lake = lake_of(spark, root, settings.world.start_on, "deliver")
    return settings, write_world_days(lake, settings.world) + timedelta(days=1)


def _run(spark: SparkSession, settings: Settings, options: Options, names: tuple[str, ...]) -> None:
    for name in names:
        run_job(job_named(name, PROJECT), spark, settings, options)


if __name__ == "__main__":
    bench(measured, __doc__ or "")
