"""Sightings to customers: the parts of resolve_identities, our engine beside SciPy.

`ours` is the part that SciPy does too: from the tables of identifiers and edges to one component
an identifier. `roles`, `edges` and `assigned` are the parts around it, each read from and written
to Parquet.
"""

# ruff: noqa: S608 - every query is our own text

import sys
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from cdp_spark.identity import (
    KnownIds,
    assigned_customers,
    components_of,
    edges_of,
    identifiers_with_roles,
)
from cdp_spark.launch import project_folder
from cdp_spark.settings import load
from cdp_spark.tables.identity import LINK
from tests.benchmarks.identity_peers import scipy_groups
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
from tests.benchmarks.sightings import write_sightings


def partition(groups: str, component: str = "component") -> Answer:
    """How many groups Parquet files tell of, and who is with whom, whatever the groups are called.

    A group goes by its smallest identifier.
    """
    content = content_sql("identifier_key, smallest")
    return answer_of(
        query_counts(
            f"SELECT count(*) AS identifiers, count(DISTINCT {component}) AS groups, "
            f"{content} AS content FROM (SELECT *, min(identifier_key) OVER "
            f"(PARTITION BY {component}) AS smallest FROM '{groups}')"
        )
    )


def _kept(rows: DataFrame, folder: Path) -> DataFrame:
    rows.write.parquet(str(folder))
    return rows.sparkSession.read.schema(rows.schema).parquet(str(folder))


def resolved(spark: SparkSession, scratch: Path) -> dict[str, float]:
    """Run the parts one after the other on scratch/sightings; gives the seconds of each."""
    settings = load(project_folder() / "conf").identity
    rules = settings.identifiers
    sightings = spark.read.parquet(str(scratch / "sightings"))
    seconds = {}
    seconds["roles"], identifiers = timed(
        lambda: _kept(identifiers_with_roles(sightings, rules), scratch / "identifiers")
    )
    seconds["edges"], edges = timed(
        lambda: _kept(edges_of(sightings, identifiers, settings), scratch / "edges")
    )
    seconds["ours"], groups = timed(
        lambda: _kept(components_of(identifiers, edges, settings.merge), scratch / "groups")
    )
    no_links = spark.createDataFrame([], LINK.schema)
    seconds["assigned"], _ = timed(
        lambda: _kept(assigned_customers(groups, KnownIds(no_links), rules), scratch / "customers")
    )
    return seconds


def measured(spark: SparkSession, rows: int, limit: float, scratch: Path) -> Figures:
    """Both sides on the same live edges.

    Raises:
        Disagreement: SciPy or the customers named afterwards have other groups than ours.
    """
    figures = Figures("identity", rows)
    write_sightings(scratch / "sightings", rows, range(rows))
    talk(f"what {rows:,} events show is written")
    with PeakMemory() as memory:
        figures.seconds |= resolved(spark, scratch)
    figures.peak_mib = memory.mib
    talk(f"ours {figures.seconds}")
    answers = {
        "ours": partition(f"{scratch}/groups/*.parquet"),
        "customers": partition(f"{scratch}/customers/*.parquet", "customer_id"),
    }
    out = scratch / "scipy.parquet"
    took = limited(scipy_groups, scratch / "identifiers", scratch / "edges", out, limit=limit)
    figures.compare("scipy", took, limit)
    if took is not None:
        answers["scipy"] = partition(str(out))
    talk(f"scipy {figures.seconds['scipy']}")
    agree(answers)
    figures.more = dict(answers["ours"].counts)
    return figures


def main(arguments: Sequence[str] | None = None, spark: SparkSession | None = None) -> None:
    """Measure and print."""
    bench(measured, __doc__ or "", arguments, spark)


if __name__ == "__main__":
    main(sys.argv[1:])
