from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import SparkSession
from typer.testing import CliRunner

from cdp_spark.commands.main import app
from cdp_spark.lake import Lake
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT, SIGHTING


def test_every_event_is_exported_with_its_customer_as_of_a_day(
    spark: SparkSession, lake: Lake, tmp_path: Path
) -> None:
    early, late = (datetime(2025, 1, day, tzinfo=UTC) for day in (1, 9))
    lake.merge(
        EVENT,
        sample(
            spark,
            EVENT,
            {"event_key": "k1", "event_id": "e1", "available_at": early},
            {"event_key": "k2", "event_id": "e2", "available_at": late},
        ),
    )
    lake.merge(SIGHTING, sample(spark, SIGHTING, {"event_key": "k1", "identifier_key": "u"}))
    lake.merge(LINK, sample(spark, LINK, {"identifier_key": "u", "customer_id": "c"}))
    arguments = ["export", "assignments", "--lake", lake.root]
    everything, some = tmp_path / "all", tmp_path / "some"
    assert CliRunner().invoke(app, [*arguments, str(everything)]).exit_code == 0
    rows = spark.read.csv(str(everything), header=True).collect()
    assert {(row.event_id, row.customer_id) for row in rows} == {("e1", "c"), ("e2", None)}
    more = [*arguments, str(some), "--format", "parquet", "--as-of", "2025-01-09"]
    assert CliRunner().invoke(app, more).exit_code == 0
    assert [row.event_id for row in spark.read.parquet(str(some)).collect()] == ["e1"]


def test_a_folder_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["export", "assignments", str(tmp_path)])
    assert isinstance(result.exception, SettingsInvalid)
