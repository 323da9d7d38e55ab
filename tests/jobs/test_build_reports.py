from collections.abc import Callable
from pathlib import Path

from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.launch import job_named
from cdp_spark.reports import REPORTED
from cdp_spark.settings import load
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.sample import sample
from jobs.build_reports import run

_PROJECT = Path(__file__).parents[2]


def test_the_page_shows_the_tables_and_a_rerun_leaves_the_same_bytes(
    spark: SparkSession, open_lake: Callable[..., Lake]
) -> None:
    settings = load(_PROJECT / "conf")
    people = [{"customer_id": f"c{n}", "email": f"c{n}@x.org"} for n in range(1234)]
    open_lake().publish({CUSTOMER: sample(spark, CUSTOMER, *people)})

    lake = open_lake(purpose="analytics")
    run(lake, settings)
    page = Path(lake.root) / "reports" / "index.html"
    first = page.read_bytes()
    assert b"1,234" in first
    assert b"@x.org" not in first

    run(open_lake(purpose="analytics"), settings)
    assert page.read_bytes() == first


def test_the_job_declares_every_table_it_reads() -> None:
    assert set(job_named("build_reports", _PROJECT).reads) == {table.name for table in REPORTED}
