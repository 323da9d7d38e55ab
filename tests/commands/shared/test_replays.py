from collections.abc import Callable

from pyspark.sql import SparkSession

from cdp_spark.commands.shared.project import Project
from cdp_spark.commands.shared.replays import has_replayed
from cdp_spark.lake import Lake
from cdp_spark.settings import load
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import REPLAY
from tests.jobs.worlds import PROJECT


def test_a_dry_run_or_no_request_replays_nothing(
    spark: SparkSession, open_lake: Callable[..., Lake]
) -> None:
    project = Project(load(PROJECT / "conf"), spark, is_ours=False)
    requests = sample(spark, REPLAY, {"source": "web", "reason": "not_json"})
    assert not has_replayed(project, open_lake(), requests, is_dry=True)
    assert not has_replayed(project, open_lake(), requests.limit(0), is_dry=False)
    assert open_lake().read(REPLAY).count() == 0
