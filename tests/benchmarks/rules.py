"""What thirty quality rules cost: refine_events with them beside refine_events without.

Both take the same lines, in the same JVM, by turns; each figure is the mean of two runs after one
that is not counted. `first` and `first_plain` are those.
"""

import shutil
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from pyspark.sql import SparkSession

from cdp_spark.launch import Options, job_named, run_job
from cdp_spark.semantics.rules import Check, Rule
from cdp_spark.settings import Settings
from cdp_spark.silver.settings import QualitySettings
from tests.benchmarks.ingest import AS_OF, lake_settings, ours
from tests.benchmarks.lines import write_lines
from tests.benchmarks.measure import Figures, PeakMemory, agree, bench, talk, timed

# Field → its checks; every consequence is among them, and some of the warnings hold.
_CHECKS: dict[str, tuple[Check, ...]] = {
    "event_id": (
        Check(pattern="m-[0-9]+-[0-9a-f]{8}", on_violation="warn"),
        Check(longest=60, on_violation="quarantine"),
    ),
    "type": (Check(allowed=("track", "page", "identify"), on_violation="warn"),),
    "name": (
        Check(required=True, on_violation="quarantine"),
        Check(longest=80, on_violation="warn"),
    ),
    "amount": (
        Check(least=Decimal(0), most=Decimal(1_000_000), on_violation="drop"),
        Check(most=Decimal(400), on_violation="warn"),
    ),
    "currency": (
        Check(allowed=("EUR", "USD"), on_violation="quarantine"),
        Check(pattern="[A-Z]{3}", on_violation="fail"),
    ),
    "email": (
        Check(pattern=".+@mail[0-9]+[.]com", on_violation="warn"),
        Check(longest=100, on_violation="drop"),
    ),
    "phone": (Check(pattern="[+]90[0-9]{10}", on_violation="warn"),),
    "country": (
        Check(allowed=("TR", "DE"), on_violation="warn"),
        Check(longest=2, on_violation="quarantine"),
    ),
    "city": (Check(longest=40, on_violation="warn"),),
    "first_name": (Check(longest=40, on_violation="warn"),),
    "last_name": (Check(longest=40, on_violation="warn"),),
    "order_id": (Check(pattern="o-[0-9]+", on_violation="warn"),),
    "properties.product_id": (Check(type="text", on_violation="warn"),),
    "properties.price": (
        Check(type="number", on_violation="warn"),
        Check(least=Decimal(0), most=Decimal(250), on_violation="warn"),
    ),
    "properties.quantity": (Check(least=Decimal(1), on_violation="quarantine"),),
    "properties.category": (Check(longest=30, on_violation="warn"),),
    "properties.url": (Check(pattern="https://.*", on_violation="warn"),),
    "properties.total": (Check(type="number", on_violation="warn"),),
    "traits.email": (Check(type="text", on_violation="warn"),),
    "context.ip": (
        Check(required=True, on_violation="warn"),
        Check(pattern="[0-9.]{7,15}", on_violation="quarantine"),
    ),
    "context.library.name": (Check(allowed=("analytics.js",), on_violation="warn"),),
    "context.device.advertisingId": (Check(longest=36, on_violation="warn"),),
}
RULES = tuple(
    Rule(name=f"check_{number}", field=field, **check.__dict__)
    for field, checks in _CHECKS.items()
    for number, check in enumerate(checks)
)


def _refined(spark: SparkSession, settings: Settings, from_lake: Path) -> float:
    """Seconds of refine_events on a copy of a lake that has bronze only."""
    lake = Path(settings.project.lake)
    shutil.rmtree(lake, ignore_errors=True)
    shutil.copytree(from_lake, lake)
    job = job_named("refine_events")
    return timed(lambda: run_job(job, spark, settings, Options(AS_OF)))[0]


def measured(spark: SparkSession, rows: int, limit: float, scratch: Path) -> Figures:
    """Both ways by turns.

    Raises:
        Disagreement: the rules rejected an event: none of those that reject holds.
    """
    del limit  # no peer but our own job
    bronze, lake = scratch / "bronze", scratch / "lake"
    write_lines(bronze / "landing" / "web", 0, rows, rows)
    run_job(job_named("ingest_events"), spark, lake_settings(bronze), Options(AS_OF))
    none, all_of_them = (
        lake_settings(lake).model_copy(update={"quality": QualitySettings(rules=rules)})
        for rules in ((), RULES)
    )
    figures, answers = Figures("rules", rows), {}
    seconds: dict[str, list[float]] = {"plain": [], "ours": []}
    with PeakMemory() as memory:
        for name in ("plain", "ours", "ours", "plain", "plain", "ours"):
            settings = all_of_them if name == "ours" else none
            seconds[name].append(_refined(spark, settings, bronze))
            answers[name] = ours(spark, settings)
            talk(f"{name} {seconds[name][-1]}")
    agree(answers)
    figures.peak_mib = memory.mib
    for name, first in {"ours": "first", "plain": "first_plain"}.items():
        figures.seconds[name] = round(sum(seconds[name][1:]) / len(seconds[name][1:]), 2)
        figures.seconds[first] = seconds[name][0]
    figures.compare("plain", float(figures.seconds["plain"]), 0)
    figures.more = {"rules": len(RULES)}
    return figures


def main(arguments: Sequence[str] | None = None, spark: SparkSession | None = None) -> None:
    """Measure and print."""
    bench(measured, __doc__ or "", arguments, spark)


if __name__ == "__main__":
    main(sys.argv[1:])
