import re
from typing import Any

import pytest
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from cdp_spark.simulation.draws import (
    choice,
    exponential,
    scattered,
    uniform,
    uuid_text,
    whole_number,
)

DRAWS = 5_000


def drawn(spark: SparkSession, column: Column) -> list[Any]:
    return [row[0] for row in spark.range(DRAWS).select(column).collect()]


def test_draws_fill_the_unit_interval_evenly(spark: SparkSession) -> None:
    draws = drawn(spark, uniform(7, "height", F.col("id")))
    tenths = [sum(int(draw * 10) == tenth for draw in draws) for tenth in range(10)]

    assert min(draws) >= 0
    assert max(draws) < 1
    assert all(0.08 < count / DRAWS < 0.12 for count in tenths)


@pytest.mark.parametrize(("seed", "label"), [(8, "height"), (7, "weight")])
def test_another_seed_or_label_draws_independently(
    spark: SparkSession, seed: int, label: str
) -> None:
    other = uniform(seed, label, F.col("id"))
    both = spark.range(DRAWS).select(
        F.corr(uniform(7, "height", F.col("id")), other).alias("correlation")
    )

    assert abs(both.first()["correlation"]) < 0.05  # type: ignore[index]


def test_the_same_keys_draw_the_same(spark: SparkSession) -> None:
    column = uniform(7, "height", F.col("id"))

    assert drawn(spark, column) == drawn(spark, column)


def test_whole_draws_reach_every_option_and_no_other(spark: SparkSession) -> None:
    assert set(drawn(spark, whole_number(uniform(7, "n", F.col("id")), 6))) == set(range(6))
    assert set(drawn(spark, choice(uniform(7, "n", F.col("id")), ("a", "b")))) == {"a", "b"}


def test_exponential_draws_have_mean_one(spark: SparkSession) -> None:
    draws = drawn(spark, exponential(uniform(7, "n", F.col("id"))))

    assert min(draws) >= 0
    assert abs(sum(draws) / DRAWS - 1) < 0.05


def test_ids_look_like_uuids_and_do_not_repeat(spark: SparkSession) -> None:
    ids = drawn(spark, uuid_text(7, "message", F.col("id")))

    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in ids)
    assert len(set(ids)) == DRAWS


def test_scattered_numbers_do_not_repeat_nor_look_like_fillers(spark: SparkSession) -> None:
    digits = drawn(spark, scattered(F.col("id"), 9))

    assert len(set(digits)) == DRAWS
    assert all(re.fullmatch(r"\d{9}", one) and len(set(one)) > 1 for one in digits)
