import json
from datetime import UTC, datetime

from pyspark.sql import SparkSession
from typer.testing import CliRunner

from cdp_spark.commands.main import app
from cdp_spark.lake import Lake
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import SHAPE


def test_drift_is_told_to_people_and_to_programs(spark: SparkSession, lake: Lake) -> None:
    days = [datetime(2025, 1, day, tzinfo=UTC) for day in (1, 2)]
    seen = [
        {"source": source, "batch": batch, "path": path, "type": "text", "landed_at": days[batch]}
        for source in ("web", "other")
        for batch, path in ((0, "id"), (1, "id"), (1, "color"))
    ]
    lake.merge(SHAPE, sample(spark, SHAPE, *seen))
    asked = ["schema", "drift", "--lake", lake.root]
    told = CliRunner().invoke(app, asked)
    assert "color" in told.stderr
    found = CliRunner().invoke(app, [*asked, "--source", "web", "--json"])
    assert json.loads(found.stdout) == [
        {"source": "web", "field": "color", "change": "new", "types": "text", "types_before": "",
         "since": "2025-01-02T00:00:00", "records": 0},
    ]  # fmt: skip
    assert CliRunner().invoke(app, [*asked, "--last", "2", "--json"]).stdout.strip() == "[]"
