"""score_customers on a small lake: the same again, and nothing without a leading model."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession

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
