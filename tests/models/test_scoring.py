"""Scores and deciles."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession

from cdp_spark.models.options import TreeSettings
from cdp_spark.models.scoring import model_day_scope, model_ids_of, scores_of, with_deciles
from cdp_spark.models.training import predicted
from cdp_spark.models.trees import classifier
from cdp_spark.tables.features import TRAIT
from cdp_spark.tables.gold import SCORE
from cdp_spark.tables.sample import sample

DAY, BEFORE = date(2025, 3, 10), date(2025, 3, 9)
PEOPLE = 60


@dataclass(frozen=True)
class Fitted:
    estimator: Any
    name: str = "churn"
    model_id: str = "m1"
    features: tuple[str, ...] = ("b", "a")


def _figures() -> pd.DataFrame:
    numbers = np.arange(PEOPLE, dtype="float32")
    return pd.DataFrame({"b": numbers, "a": np.where(numbers % 2, numbers / 7, np.nan)}).astype(
        "float32"
    )


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    trees = TreeSettings(iterations=20, leaf_rows=3, leaves=6, learning_rate=0.3)
    outcome = (np.arange(PEOPLE) % 10 > np.arange(PEOPLE) / 9).astype(int)
    return Fitted(classifier(trees).fit(_figures(), outcome))


@pytest.fixture(scope="module")
def traits(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    rows: list[dict[str, Any]] = [
        {
            "customer_id": f"c{number:02d}",
            "as_of_on": DAY,
            "traits": {name: float(one) for name, one in row.items() if not np.isnan(one)},
        }
        for number, row in enumerate(_figures().to_dict("records"))
    ]
    other_day = {"customer_id": "c00", "as_of_on": BEFORE, "traits": {"b": 1.0}}
    place = str(Path(tmp_path_factory.mktemp("traits")) / "rows")
    sample(spark, TRAIT, *rows, other_day).write.parquet(place)
    return spark.read.parquet(place)


def test_scores_on_the_workers_are_those_of_the_driver(traits: DataFrame, fitted: Fitted) -> None:
    rows = scores_of(traits, fitted, DAY).orderBy("customer_id").collect()
    expected = predicted(fitted.estimator, _figures()[["b", "a"]])
    assert [row.score for row in rows] == expected.tolist()
    assert {(row.as_of_on, row.model, row.model_id) for row in rows} == {(DAY, "churn", "m1")}
    assert rows[0].asDict().keys() == set(SCORE.columns)


def test_the_model_runs_once_although_deciles_need_its_scores_too(
    traits: DataFrame, fitted: Fitted
) -> None:
    scores = scores_of(traits, fitted, DAY)
    scores.collect()
    plan = scores._jdf.queryExecution().executedPlan().toString()  # noqa: SLF001
    final = plan.split("Initial Plan")[0]
    assert (final.count("MapInPandas"), final.count("ReusedExchange")) == (1, 1)


def test_deciles_split_customers_evenly_from_the_highest_down(spark: SparkSession) -> None:
    rows = spark.range(200).selectExpr("string(id) customer_id", "id / 200.0d AS score")
    held = with_deciles(rows).groupBy("decile").count().orderBy("decile").collect()
    assert [(row["decile"], row["count"]) for row in held] == [(n, 20) for n in range(1, 11)]
    best = with_deciles(rows).where("score > 0.99").collect()
    assert {row.decile for row in best} == {1}


def test_equal_scores_share_a_decile(spark: SparkSession) -> None:
    rows = spark.range(30).selectExpr("string(id) customer_id", "double(id < 15) AS score")
    deciles = {(row.score, row.decile) for row in with_deciles(rows).collect()}
    assert deciles == {(1.0, 1), (0.0, 6)}


def test_amounts_of_any_size_have_deciles(spark: SparkSession) -> None:
    rows = spark.range(10).selectExpr("string(id) customer_id", "pow(10d, id) AS score")
    deciles = {row.customer_id: row.decile for row in with_deciles(rows).collect()}
    assert deciles == {str(n): 10 - n for n in range(10)}


def test_a_run_replaces_its_day_of_its_models(spark: SparkSession) -> None:
    scope = model_day_scope(spark.range(3), DAY, ["churn", "clv"]).collect()
    assert {(row.as_of_on, row.model) for row in scope} == {(DAY, "churn"), (DAY, "clv")}


def test_the_models_that_made_scores_are_named_once(spark: SparkSession) -> None:
    rows = [{"customer_id": f"c{n}", "model_id": f"m{n % 2}"} for n in range(4)]
    assert model_ids_of(sample(spark, SCORE, *rows)) == {"m0", "m1"}
    assert model_ids_of(sample(spark, SCORE).limit(0)) == set()
