from collections.abc import Callable

from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.lake.ledger import Ledger, last_reads
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.ops import RUN
from cdp_spark.tables.sample import sample


def test_counts_of_parts_add_up_and_versions_are_the_latest() -> None:
    whole = Ledger()
    part = {"t": {"version": 3, "inserted_count": 2, "deleted_count": 0}}
    whole.add(Ledger(reads={"s": {"version": 1, "mode": "whole", "row_count": 5}}, writes=part))
    whole.add(
        Ledger(
            reads={"s": {"version": 4, "mode": "changes", "row_count": 1}},
            writes={"t": {"version": 4, "inserted_count": 1, "deleted_count": 7}},
        )
    )
    assert whole.reads == {"s": {"version": 4, "mode": "changes", "row_count": 6}}
    assert whole.writes == {"t": {"version": 4, "inserted_count": 3, "deleted_count": 7}}
    assert part["t"]["inserted_count"] == 2


def test_how_far_a_job_has_come_is_what_its_latest_finished_run_read(
    spark: SparkSession, open_lake: Callable[..., Lake]
) -> None:
    root = open_lake().root
    assert last_reads(spark, root, "a_job") == {}
    for name in "ab":
        open_lake("writer").merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": name}))
        reader = open_lake("a_job")
        reader.changes(CUSTOMER)
        reader.finish(1.5)
    killed = open_lake("a_job")
    open_lake("writer").merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "c"}))
    killed.changes(CUSTOMER)
    seen = last_reads(spark, root, "a_job")
    assert {name: last.version for name, last in seen.items()} == {CUSTOMER.name: 2}
    assert last_reads(spark, root, "another") == {}
    rows = open_lake().read(RUN).collect()
    assert [(row["job"], row["seconds"]) for row in rows] == [("a_job", 1.5)] * 2
    assert {row["reads"]["gold.customer"]["mode"] for row in rows} == {"whole", "changes"}


def test_a_table_read_both_ways_counts_what_changed(
    spark: SparkSession, open_lake: Callable[..., Lake]
) -> None:
    lake = open_lake("a_job")
    for name in "ab":
        open_lake("writer").merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": name}))
        lake = open_lake("a_job")
        lake.read(CUSTOMER)
        lake.changes(CUSTOMER)
        lake.read(CUSTOMER)
        lake.finish(0.0)
    assert lake.ledger.reads[CUSTOMER.name] == {"version": 2, "mode": "both", "row_count": 1}


def test_what_was_read_whole_is_counted_to_the_row(
    spark: SparkSession, open_lake: Callable[..., Lake]
) -> None:
    for names in ("abc", "b"):
        rows = sample(spark, CUSTOMER, *[{"customer_id": name, "city": names} for name in names])
        open_lake("writer").merge(CUSTOMER, rows)
    lake = open_lake("a_job")
    assert lake.read(CUSTOMER).count() == 3
    lake.read(RUN)
    assert lake.row_counts() == {CUSTOMER.name: 3, RUN.name: 0}
