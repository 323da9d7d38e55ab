"""score_customers on a small lake: the same again, and nothing without a leading model."""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import Lake
from cdp_spark.models.options import ModelSettings, TreeSettings
from cdp_spark.models.settings import ModelsSettings
from cdp_spark.models.training import Trained
from cdp_spark.models.trees import classifier
from cdp_spark.settings import Settings
from cdp_spark.tables.features import TRAIT
from cdp_spark.tables.gold import SCORE
from cdp_spark.tables.sample import sample
from cdp_spark.tracking.settings import TrackingSettings
from cdp_spark.tracking.tracking import Tracking
from jobs.score_customers import run

DAY = date(2025, 1, 31)
PEOPLE = 20


@pytest.fixture
def settings() -> Settings:
    specs = {
        "churn": ModelSettings(label="churn_28d", horizon_days=28),
        "clv": ModelSettings(label="spend_90d", horizon_days=90),
    }
    return Settings.model_construct(models=ModelsSettings(specs=specs), tracking=TrackingSettings())


def _trained() -> Trained:
    figures = pd.DataFrame({"lively": np.arange(PEOPLE, dtype="float32")})
    trees = TreeSettings(iterations=10, leaf_rows=1, learning_rate=0.5)
    estimator = classifier(trees).fit(figures, figures["lively"] < PEOPLE / 2)
    return Trained(
        name="churn",
        model_id="m1",
        estimator=estimator,
        features=("lively",),
        params={},
        metrics={},
        is_promoted=True,
        promotion_reason="leads",
        example=figures.head(1),
    )


def test_the_day_is_scored_by_leading_models_only_and_the_same_again(
    spark: SparkSession, open_lake: Callable[..., Lake], settings: Settings
) -> None:
    traits: list[dict[str, Any]] = [
        {"customer_id": f"c{n:02d}", "as_of_on": day, "traits": {"lively": float(n)}}
        for n in range(PEOPLE)
        for day in (DAY, DAY - timedelta(days=1))
    ]
    open_lake().publish({TRAIT: sample(spark, TRAIT, *traits)})
    idle = open_lake("score_customers", "analytics", DAY)
    run(idle, settings)
    assert idle.ledger.writes == {}

    Tracking.at(idle.root, settings.tracking).record(_trained(), idle.table_versions())
    run(open_lake("score_customers", "analytics", DAY), settings)
    rows = open_lake().read(SCORE).orderBy("customer_id").collect()
    assert [(row.as_of_on, row.model, row.model_id) for row in rows] == [
        (DAY, "churn", "m1")
    ] * PEOPLE
    assert rows[0].score > 0.5 > rows[-1].score
    assert (rows[0].decile, rows[-1].decile) == (1, 6)

    again = open_lake("score_customers", "analytics", DAY)
    run(again, settings)
    counts = ("inserted_count", "updated_count", "deleted_count")
    assert [again.ledger.writes[SCORE.name][count] for count in counts] == [0, 0, 0]


def test_a_lake_that_was_moved_scores_with_its_models(
    spark: SparkSession, open_lake: Callable[..., Lake], settings: Settings, tmp_path: Path
) -> None:
    traits = [
        {"customer_id": f"c{n:02d}", "as_of_on": DAY, "traits": {"lively": float(n), "calm": 0.0}}
        for n in range(PEOPLE)
    ]
    open_lake().publish({TRAIT: sample(spark, TRAIT, *traits)})
    before = open_lake("score_customers", "analytics", DAY)
    Tracking.at(before.root, settings.tracking).record(_trained(), before.table_versions())
    moved = shutil.move(before.root, tmp_path / "moved")

    run(Lake(spark, str(moved), before.run), settings)
    after = Lake(spark, str(moved), before.run)
    scores = {row.customer_id: row.score for row in after.read(SCORE).collect()}
    assert len(scores) == PEOPLE
    # Anyone's MLflow client gives the same scores from the trait table.
    served = mlflow.pyfunc.load_model("models:/cdp-churn@champion")
    names = [F.col("traits")[name].alias(name) for name in ("calm", "lively")]
    rows = after.read(TRAIT).select("customer_id", *names).toPandas()
    assert dict(zip(rows["customer_id"], served.predict(rows), strict=True)) == scores
