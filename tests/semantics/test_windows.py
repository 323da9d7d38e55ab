"""Windows of days."""

from datetime import date, timedelta

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.semantics.windows import day_rows, grid_days, is_within_days_from, was_known
from cdp_spark.tables.gold import ACTIVITY
from cdp_spark.tables.sample import sample

DAY = date(2025, 3, 10)


def test_the_grid_is_fixed_while_the_day_moves() -> None:
    days = {grid_days(DAY + timedelta(days=n), every_days=14, count=3) for n in range(14)}
    assert len(days) == 2
    first, second = sorted(days)
    assert first[1:] == second[:-1]


def test_the_grid_holds_the_day_itself_where_it_falls_on_it() -> None:
    on_grid = grid_days(DAY, every_days=14, count=1)[0]
    assert grid_days(on_grid, every_days=14, count=1) == (on_grid,)
    assert on_grid <= DAY < on_grid + timedelta(days=14)


def test_day_rows_hold_each_day_once_and_borrow_no_row(spark: SparkSession) -> None:
    rows = day_rows(spark.range(5), [DAY, DAY + timedelta(days=1), DAY])
    assert [row.as_of_on for row in rows.orderBy("as_of_on").collect()] == [
        DAY,
        DAY + timedelta(days=1),
    ]


def test_what_happened_or_arrived_on_the_day_was_not_known_before(spark: SparkSession) -> None:
    before, after = DAY - timedelta(days=1), DAY + timedelta(days=1)
    activity = sample(
        spark,
        ACTIVITY,
        {"event_on": before, "available_on": before},
        {"event_on": before, "available_on": DAY},
        {"event_on": DAY, "available_on": DAY},
        {"event_on": before, "available_on": after},
    )
    assert [row[0] for row in activity.select(was_known(F.lit(DAY))).collect()] == [
        True,
        False,
        False,
        False,
    ]


def test_a_window_starts_on_its_day_and_has_the_given_days(spark: SparkSession) -> None:
    near = day_rows(spark.range(1), [DAY + timedelta(days=n) for n in range(-2, 5)])
    inside = near.where(is_within_days_from(F.col("as_of_on"), F.lit(DAY), 2))
    assert {row.as_of_on for row in inside.collect()} == {DAY, DAY + timedelta(days=1)}
