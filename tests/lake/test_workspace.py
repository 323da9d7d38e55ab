import os
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import Lake
from cdp_spark.lake.workspace import Workspace


def _jobs(spark: SparkSession) -> int:
    return int(spark.sparkContext._jsc.sc().dagScheduler().numTotalJobs())  # noqa: SLF001 - no public counter


def test_frames_of_one_name_have_separate_folders_and_are_counted_during_the_write(
    spark: SparkSession, lake: Lake
) -> None:
    first = lake.materialize("rows", spark.range(3))
    second = lake.materialize("rows", spark.range(3, 5))
    before = _jobs(spark)
    assert (lake.count(first), lake.count(second)) == (3, 2)
    assert _jobs(spark) == before
    assert sorted(row["id"] for row in first.unionByName(second).collect()) == [0, 1, 2, 3, 4]


def test_an_empty_frame_and_what_is_joined_with_it_cost_no_job(
    spark: SparkSession, lake: Lake
) -> None:
    empty = lake.materialize("none", spark.range(3).where("id > 5").withColumn("name", F.lit("x")))
    some = lake.materialize("some", spark.range(3))
    before = _jobs(spark)
    assert empty.isEmpty()
    assert empty.join(some, on="id", how="inner").isEmpty()
    assert _jobs(spark) == before
    assert some.join(empty, on="id", how="left_anti").count() == 3


def test_joins_of_small_frames_are_one_job(spark: SparkSession, lake: Lake) -> None:
    left = lake.materialize("left", spark.range(30).withColumn("group", F.col("id") % 3))
    right = lake.materialize("right", spark.range(20))
    sizes = left.groupBy("group").agg(F.count("*").alias("size"))
    joined = left.join(right, on="id", how="left_semi").join(sizes, on="group", how="inner")
    before = _jobs(spark)
    assert len(joined.groupBy("size").count().collect()) == 1
    assert len(left.join(right, on="id", how="left_anti").collect()) == 10
    assert _jobs(spark) == before + 2


def test_only_frames_of_dead_processes_of_this_machine_are_swept(
    spark: SparkSession, tmp_path: Path
) -> None:
    workspace = Workspace(spark, str(tmp_path), "run")
    staged = tmp_path / "_staging"
    mine, none = os.getpid(), 2**22 + 1  # above the most that a process can have
    host = Path(workspace.folder).name.split("-")[1]
    kept = [f"{mine}-{host}-run", f"{none}-0other0-run"]
    for name in (*kept, f"{none}-{host}-run-2"):
        (staged / name).mkdir(parents=True)
    workspace.sweep()
    assert sorted(path.name for path in staged.iterdir()) == sorted(kept)
    workspace.discard()
    assert sorted(path.name for path in staged.iterdir()) == kept[1:]
