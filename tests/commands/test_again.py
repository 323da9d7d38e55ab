from collections.abc import Callable

from pyspark.sql import SparkSession

from cdp_spark.commands.again import taken_again
from cdp_spark.commands.opened import Opened
from cdp_spark.lake import Lake
from cdp_spark.settings import load
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import REPLAY
from tests.jobs.worlds import PROJECT


def test_nothing_is_asked_for_in_a_dry_run_or_where_there_is_nothing(
    spark: SparkSession, open_lake: Callable[..., Lake]
) -> None:
    project = Opened(load(PROJECT / "conf"), spark, is_ours=False)
    asked = sample(spark, REPLAY, {"source": "web", "reason": "not_json"})
    assert not taken_again(project, open_lake(), asked, is_dry=True)
    assert not taken_again(project, open_lake(), asked.limit(0), is_dry=False)
    assert open_lake().read(REPLAY).count() == 0
