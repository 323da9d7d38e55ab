from pathlib import Path

from pyspark.sql import SparkSession

from cdp_spark.commands.shared.project import Project, settings_of


def test_another_lake_takes_the_place_of_the_settings_one(tmp_path: Path) -> None:
    assert settings_of("").project.lake == ".lake/world"
    assert settings_of("", str(tmp_path)).project.lake == str(tmp_path)
    assert settings_of("", "s3a://bucket/lake").project.lake == "s3a://bucket/lake"


def test_a_session_that_ran_before_the_command_is_left_running(spark: SparkSession) -> None:
    Project(settings_of(""), spark, is_ours=False).close()
    assert spark.range(3).count() == 3


def test_two_runs_of_a_command_have_two_ids(spark: SparkSession, tmp_path: Path) -> None:
    project = Project(settings_of("", str(tmp_path)), spark, is_ours=False)
    first, second = project.lake("look"), project.lake("look")
    assert first.run.run_id != second.run.run_id
    assert first.root == str(tmp_path)
