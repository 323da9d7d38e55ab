from pathlib import Path

from pyspark.sql import SparkSession

from cdp_spark.lake.lake import Lake
from cdp_spark.lake.storage import (
    NEVER,
    commit_times,
    exists,
    feed,
    make,
    path_of,
    rows_at,
    version_of,
)
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.sample import sample


def test_a_table_is_made_once_and_read_at_each_of_its_versions(
    spark: SparkSession, lake: Lake
) -> None:
    root = lake.root
    assert path_of(root, CUSTOMER) == f"{root}/gold/customer"
    assert (exists(root, CUSTOMER), version_of(root, CUSTOMER)) == (False, NEVER)
    assert rows_at(spark, root, CUSTOMER, NEVER).count() == 0
    make(spark, root, CUSTOMER, "a run")
    make(spark, root, CUSTOMER, "another")
    assert version_of(root, CUSTOMER) == 0
    for name in "ab":
        lake.merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": name}))
    assert version_of(root, CUSTOMER) == 2
    counts = [rows_at(spark, root, CUSTOMER, version).count() for version in range(3)]
    assert counts == [0, 1, 2]
    assert rows_at(spark, root, CUSTOMER, 0).schema.fieldNames() == list(CUSTOMER.columns)
    changed = feed(spark, root, CUSTOMER, 2, 2).collect()
    assert [(row["customer_id"], row["_change_type"]) for row in changed] == [("b", "insert")]


def test_a_table_is_created_after_a_kill_during_its_creation(
    spark: SparkSession, tmp_path: Path
) -> None:
    log = Path(path_of(str(tmp_path), CUSTOMER)) / "_delta_log"
    (log / "_staged_commits").mkdir(parents=True)
    (log / f".{0:020}.json.1.tmp").write_text("half")
    make(spark, str(tmp_path), CUSTOMER, "a run")
    assert version_of(str(tmp_path), CUSTOMER) == 0
    assert rows_at(spark, str(tmp_path), CUSTOMER, 0).count() == 0


def test_only_whole_commits_count_as_versions(tmp_path: Path) -> None:
    log = Path(path_of(str(tmp_path), CUSTOMER)) / "_delta_log"
    log.mkdir(parents=True)
    for name in (f"{3:020}.json", f"{7:020}.json.tmp", f"{9:020}.crc", f".{8:020}.json", "x.json"):
        (log / name).touch()
    assert version_of(str(tmp_path), CUSTOMER) == 3
    assert set(commit_times(path_of(str(tmp_path), CUSTOMER))) == {3}
