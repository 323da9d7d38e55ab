from pathlib import Path

from pyspark.sql import SparkSession

from cdp_spark.commands.opened import Opened, missing_folders, settings_of, source_folders


def test_another_lake_takes_the_place_of_the_settings_one(tmp_path: Path) -> None:
    assert settings_of("").project.lake == ".lake/world"
    assert settings_of("", str(tmp_path)).project.lake == str(tmp_path)
    assert settings_of("", "s3a://bucket/lake").project.lake == "s3a://bucket/lake"


def test_folders_of_sources_are_those_of_this_machine(tmp_path: Path) -> None:
    landing = tmp_path / "landing" / "web"
    here, there = settings_of("", str(tmp_path)), settings_of("", "s3a://bucket/lake")
    assert source_folders(here) == {"web": landing}
    assert source_folders(there) == {}
    home = tmp_path / "home"
    assert source_folders(settings_of(""), home) == {"web": home / ".lake/world/landing/web"}
    (sentence,) = missing_folders(here)
    assert f"source web: folder {landing} does not exist; create it" in sentence
    landing.mkdir(parents=True)
    assert missing_folders(here) == []


def test_a_session_that_ran_before_the_command_is_left_running(spark: SparkSession) -> None:
    Opened(settings_of(""), spark, is_ours=False).close()
    assert spark.range(3).count() == 3


def test_two_runs_of_a_command_have_two_ids(spark: SparkSession, tmp_path: Path) -> None:
    project = Opened(settings_of("", str(tmp_path)), spark, is_ours=False)
    first, second = project.lake("look"), project.lake("look")
    assert first.run.run_id != second.run.run_id
    assert first.root == str(tmp_path)
