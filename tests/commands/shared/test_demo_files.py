from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from pyspark.sql import SparkSession

from cdp_spark.commands.shared.demo_files import write_world_days
from cdp_spark.lake import Lake
from cdp_spark.simulation import WorldSettings
from cdp_spark.tables.ops import TRUTH


def test_first_all_days_but_the_last_then_one_day_a_call_and_then_nothing(
    spark: SparkSession, open_lake: Callable[..., Lake]
) -> None:
    assert spark is not None
    world = WorldSettings(people=8, days=40, daily_days=1)
    end = world.start_on + timedelta(days=39)
    first = open_lake("deliver")
    assert write_world_days(first, world) == end - timedelta(days=1)
    first_count = open_lake("deliver").read(TRUTH).count()
    assert write_world_days(open_lake("deliver"), world) == end
    assert open_lake("deliver").read(TRUTH).count() > first_count
    assert write_world_days(open_lake("deliver"), world) == end
    folder = Path(first.root) / "landing" / "web"
    assert [date.fromisoformat(path.name) for path in sorted(folder.iterdir())] == [
        end - timedelta(days=1),
        end,
    ]
    assert all(file.suffix == ".txt" for file in folder.rglob("*") if file.is_file())
