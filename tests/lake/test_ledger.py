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
    assert last_reads(root, "a_job") == {}
    for name in "ab":
        open_lake("writer").merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": name}))
        reader = open_lake("a_job")
        reader.changes(CUSTOMER)
        reader.finish(1.5)
    killed = open_lake("a_job")
    open_lake("writer").merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "c"}))
    killed.changes(CUSTOMER)
    seen = last_reads(root, "a_job")
    assert {name: last.version for name, last in seen.items()} == {CUSTOMER.name: 2}
    assert last_reads(root, "another") == {}
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


def _read(version: int, mode: str) -> dict[str, dict[str, object]]:
    return {"t": {"version": version, "mode": mode, "row_count": 0}}


def _written(version: int, count: int) -> dict[str, dict[str, int]]:
    return {"t": {"version": version, "inserted_count": count, "deleted_count": 0}}


def test_a_run_that_wrote_nothing_and_found_no_table_changed_adds_nothing() -> None:
    last = Ledger(_read(3, "changes"))
    assert Ledger(_read(3, "changes")).is_idle_after(last)
    assert Ledger(_read(3, "changes"), _written(0, 0)).is_idle_after(last)
    assert not Ledger(_read(4, "changes")).is_idle_after(last)
    assert not Ledger(_read(3, "changes"), _written(1, 1)).is_idle_after(last)
    assert not Ledger({"s": _read(3, "changes")["t"]}).is_idle_after(last)


def test_what_a_run_wrote_itself_is_known_to_it_unless_it_asks_for_changes() -> None:
    last = Ledger(_read(3, "whole"), _written(4, 1))
    assert Ledger(_read(4, "whole")).is_idle_after(last)
    assert not Ledger(_read(5, "whole")).is_idle_after(last)
    assert not Ledger(_read(4, "both")).is_idle_after(last)


def test_the_growth_of_the_ledger_itself_is_no_news() -> None:
    grown = {RUN.name: {"version": 9, "mode": "whole", "row_count": 9}}
    assert Ledger(grown).is_idle_after(Ledger({RUN.name: {"version": 8, "mode": "whole"}}))
