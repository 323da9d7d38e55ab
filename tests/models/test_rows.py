"""Rows to learn from."""

from datetime import date, timedelta
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.models.options import ModelSettings
from cdp_spark.models.rows import TrainingSetInvalid, chosen_days, training_set
from cdp_spark.models.settings import ModelsSettings
from cdp_spark.tables.features import LABEL, TRAIT
from cdp_spark.tables.sample import sample

FIRST = date(2025, 1, 1)
DAYS = tuple(FIRST + timedelta(days=14 * step) for step in range(5))
CHURN = ModelSettings(label="churn_28d", horizon_days=28, test_count=1)
SETTINGS = ModelsSettings(min_outcomes=5, specs={"churn": CHURN})
PEOPLE = 40


@pytest.fixture(scope="module")
def tables(spark: SparkSession) -> tuple[DataFrame, DataFrame]:
    keys: list[dict[str, Any]] = [
        {"customer_id": f"c{number:02d}", "as_of_on": day}
        for day in DAYS
        for number in range(PEOPLE)
    ]
    traits = [
        key | {"traits": {"b": float(n), **({"a": 1.0} if n % 2 else {})}}
        for n, key in enumerate(keys)
    ]
    labels = [key | {"labels": {"churn_28d": float(n % 3 == 0)}} for n, key in enumerate(keys)]
    return sample(spark, TRAIT, *traits).cache(), sample(spark, LABEL, *labels).cache()


def test_what_is_learned_was_known_when_the_test_begins() -> None:
    train_on, test_on = chosen_days(DAYS, CHURN)
    assert test_on == DAYS[-1:]
    assert train_on == DAYS[:3]
    assert max(train_on) + timedelta(days=28) <= min(test_on)


def test_listed_days_are_kept_to_where_they_are_labelled() -> None:
    listed = CHURN.model_copy(update={"train_on": (DAYS[1], DAYS[0]), "test_on": DAYS[3:]})
    assert chosen_days(DAYS[:4], listed) == (DAYS[:2], DAYS[3:4])


def test_too_short_a_past_is_rejected_with_the_reason() -> None:
    with pytest.raises(TrainingSetInvalid, match="0 training days and 1"):
        chosen_days(DAYS[:2], CHURN)


def test_rows_hold_each_figure_once_and_gaps_stay_gaps(tables: tuple[DataFrame, DataFrame]) -> None:
    rows = training_set(*tables, "churn", SETTINGS)
    assert rows.features == ("a", "b")
    assert (len(rows.train), len(rows.test)) == (3 * PEOPLE, PEOPLE)
    assert rows.train["a"].isna().mean() == 0.5
    assert str(rows.train["b"].dtype) == "float32"
    assert rows.params["train_days"] == "2025-01-01,2025-01-15,2025-01-29"


def test_the_order_of_rows_changes_no_id_and_one_figure_does(
    tables: tuple[DataFrame, DataFrame],
) -> None:
    traits, labels = tables
    other_order = traits.orderBy(F.desc("customer_id")), labels.orderBy(F.desc("as_of_on"))
    is_one = (F.col("customer_id") == "c00") & (F.col("as_of_on") == F.lit(FIRST))
    shifted = F.map_from_arrays(F.array(F.lit("b")), F.array(F.lit(0.5)))
    changed = traits.withColumn("traits", F.when(is_one, shifted).otherwise(F.col("traits")))
    ids = [
        training_set(some, marks, "churn", SETTINGS).model_id
        for some, marks in (tables, other_order, (changed, labels))
    ]
    assert ids[0] == ids[1] != ids[2]


def test_a_sample_keeps_within_its_bound_and_to_the_same_customers(
    tables: tuple[DataFrame, DataFrame],
) -> None:
    bounded = SETTINGS.model_copy(update={"max_train_rows": 60, "min_outcomes": 1})
    rows = training_set(*tables, "churn", bounded)
    assert 0 < len(rows.train) <= 60
    per_day = rows.train.groupby("as_of_on")["customer_id"].agg(tuple)
    assert per_day.nunique() == 1
    assert len(rows.test) == PEOPLE


def test_too_few_of_either_outcome_are_refused(tables: tuple[DataFrame, DataFrame]) -> None:
    strict = SETTINGS.model_copy(update={"min_outcomes": 20})
    with pytest.raises(TrainingSetInvalid, match=r"test rows, 1\d with the outcome"):
        training_set(*tables, "churn", strict)
