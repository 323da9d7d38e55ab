import json
from datetime import UTC, datetime

from pyspark.sql import SparkSession
from typer.testing import CliRunner

from cdp_spark.commands.main import app
from cdp_spark.lake import Lake
from cdp_spark.tables.bronze import DELIVERY_CHECK
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import SHAPE


def test_drift_is_printed_as_a_table_or_json(spark: SparkSession, lake: Lake) -> None:
    days = [datetime(2025, 1, day, tzinfo=UTC) for day in (1, 2)]
    seen = [
        {"source": source, "batch": batch, "path": path, "type": "text", "landed_at": days[batch]}
        for source in ("web", "other")
        for batch, path in ((0, "id"), (1, "id"), (1, "color"))
    ]
    lake.merge(SHAPE, sample(spark, SHAPE, *seen))
    arguments = ["schema", "drift", "--lake", lake.root]
    result = CliRunner().invoke(app, arguments)
    assert "color" in result.stderr
    found = CliRunner().invoke(app, [*arguments, "--source", "web", "--json"])
    assert json.loads(found.stdout) == [
        {"source": "web", "field": "color", "change": "new", "types": "text", "types_before": "",
         "since": "2025-01-02T00:00:00", "records": 0},
    ]  # fmt: skip
    assert CliRunner().invoke(app, [*arguments, "--last", "2", "--json"]).stdout.strip() == "[]"


def test_expectations_are_shown_and_a_source_may_be_late_after_the_last_run(
    spark: SparkSession, lake: Lake
) -> None:
    day = datetime(2025, 1, 9, tzinfo=UTC)
    checks = [
        {"expectation": "freshness", "scope": "latest", "on_violation": "fail", "due_at": day},
        {"expectation": "day", "scope": "2025-01-08", "on_violation": "warn", "record_count": 7,
         "least_count": 5, "delivered_at": day},
        {"expectation": "day", "scope": "2025-01-07", "on_violation": "warn", "record_count": 0,
         "least_count": 5, "is_failed": True},
    ]  # fmt: skip
    lake.merge(DELIVERY_CHECK, sample(spark, DELIVERY_CHECK, *[{"source": "web"} | one
                                                               for one in checks]))  # fmt: skip
    arguments = ["schema", "deliveries", "--lake", lake.root]
    assert "freshness" in CliRunner().invoke(app, arguments).stderr
    found = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert found == [
        {"source": "web", "expectation": "day", "scope": "2025-01-08", "on_violation": "warn",
         "records": 7, "wanted": "5 to any", "state": "passed", "checked": 2, "failed": 1},
        {"source": "web", "expectation": "freshness", "scope": "latest", "on_violation": "fail",
         "records": "", "wanted": "by 2025-01-09 00:00", "state": "failed", "checked": 1,
         "failed": 0},
    ]  # fmt: skip
