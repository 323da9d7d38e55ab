"""Whole runs of resolve_identities: all that was seen, then one per cent more, and again.

`ours` is the first run on a fresh lake, every check and every table included; `incremental` the run
after one per cent more events, in visits as all of them; `scattered` the run after another per cent
with every event of another person. The peer gets the identifiers and evidence as they are
stored after all and finds components alone, so its ratio is the cost of the other steps.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from cdp_spark.lake import Lake, Run
from cdp_spark.launch import Options, job_named, project_folder, run_job
from cdp_spark.semantics.ownership import current_links
from cdp_spark.settings import Settings, load
from cdp_spark.tables.identity import EDGE, IDENTIFIER, LINK
from cdp_spark.tables.silver import SIGHTING
from tests.benchmarks.identity import partition
from tests.benchmarks.identity_peers import scipy_groups
from tests.benchmarks.measure import Figures, PeakMemory, agree, bench, limited, talk, timed
from tests.benchmarks.sightings import write_sightings

_SHARE = 100
_LATER = ("incremental", "scattered")
_DAY = datetime(2025, 6, 1, tzinfo=UTC)
_DRAWN = Run("benchmark", "benchmark", "operate", _DAY.date(), _DAY)


def resolved(spark: SparkSession, settings: Settings) -> float:
    """Seconds of one run of the job."""
    job = job_named("resolve_identities", project_folder())
    seconds, _ = timed(lambda: run_job(job, spark, settings, Options(_DAY.date())))
    return seconds


def land(spark: SparkSession, root: Path, seen: Path, number: int) -> None:
    """Append what was seen to silver.sighting."""
    lake = Lake(spark, str(root), replace(_DRAWN, run_id=f"land-{number}"))
    lake.append_once(SIGHTING, spark.read.parquet(str(seen)), "benchmark", number)


def _drawn(scratch: Path, rows: int) -> None:
    """Write what is seen first, and what later."""
    share = max(1, rows // _SHARE)
    write_sightings(scratch / "seen", rows, range(rows))
    write_sightings(scratch / "incremental", rows, range(rows, rows + share))
    write_sightings(scratch / "scattered", rows, range(2 * rows, 2 * rows + share), visit=1)


def _later(spark: SparkSession, settings: Settings, scratch: Path, name: str) -> float:
    """Seconds of the run after one per cent more."""
    land(spark, scratch / "lake", scratch / name, 2 + _LATER.index(name))
    seconds = resolved(spark, settings)
    talk(f"{name} {seconds}")
    return seconds


def measured(spark: SparkSession, rows: int, limit: float, scratch: Path) -> Figures:
    """All runs.

    Raises:
        Disagreement: SciPy finds other people in the stored evidence.
    """
    figures, root = Figures("resolve", rows), scratch / "lake"
    settings = load(project_folder() / "conf")
    project = settings.project.model_copy(update={"lake": str(root)})
    settings = settings.model_copy(update={"project": project})
    _drawn(scratch, rows)
    land(spark, root, scratch / "seen", 1)
    talk(f"what {rows:,} events show is in silver.sighting")
    with PeakMemory() as memory:
        whole = resolved(spark, settings)
    figures.peak_mib = memory.mib
    talk(f"ours {whole}")
    later = {name: _later(spark, settings, scratch, name) for name in _LATER}
    figures.seconds |= {"ours": whole, **later}

    answers = {"ours": partition(f"{_groups(spark, root, scratch)}/*.parquet")}
    out = scratch / "scipy.parquet"
    took = limited(scipy_groups, scratch / "identifiers", scratch / "edges", out, limit=limit)
    figures.compare("scipy", took, limit)
    if took is not None:
        answers["scipy"] = partition(str(out))
    agree(answers)
    shares = {f"{name}_share": round(seconds / whole, 4) for name, seconds in later.items()}
    figures.more = {**shares, **answers["ours"].counts}
    return figures


def _groups(spark: SparkSession, root: Path, scratch: Path) -> Path:
    """What is stored, as files for the peer; the folder with the customer of each identifier."""
    lake = Lake(spark, str(root), _DRAWN)
    identifiers = lake.read(IDENTIFIER)
    own = identifiers.where("role = 'own'").select("identifier_key")
    links = current_links(lake.read(LINK)).join(own, on="identifier_key", how="left_semi")
    groups = links.selectExpr("identifier_key", "customer_id AS component")
    stored: dict[str, DataFrame] = {
        "identifiers": identifiers,
        "edges": lake.read(EDGE),
        "groups": groups,
    }
    for name, rows in stored.items():
        rows.write.parquet(str(scratch / name))
    return scratch / "groups"


def main(arguments: Sequence[str] | None = None, spark: SparkSession | None = None) -> None:
    """Measure and print."""
    bench(measured, __doc__ or "", arguments, spark)


if __name__ == "__main__":
    main(sys.argv[1:])
