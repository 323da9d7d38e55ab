"""train_model on a small lake: once, and no more than once."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import mlflow
import pytest
from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.models.options import ModelSettings, TreeSettings
from cdp_spark.models.settings import ModelsSettings
from cdp_spark.settings import Settings
from cdp_spark.tables.features import LABEL, TRAIT
from cdp_spark.tables.sample import sample
from cdp_spark.tracking.settings import TrackingSettings
from cdp_spark.tracking.tracking import Tracking
from jobs.train_model import run

DAYS = tuple(date(2025, 1, 1) + timedelta(days=28 * step) for step in range(3))
CHURN = ModelSettings(
    label="churn_28d",
    horizon_days=28,
    test_count=1,
    trees=TreeSettings(iterations=10, leaf_rows=5),
)
CLV = ModelSettings(label="spend_90d", horizon_days=90)


@pytest.fixture
def settings() -> Settings:
    return Settings.model_construct(
        models=ModelsSettings(min_outcomes=5, specs={"churn": CHURN, "clv": CLV}),
        tracking=TrackingSettings(),
    )


def _tables(spark: SparkSession, lake: Lake) -> None:
    keys: list[dict[str, Any]] = [
        {"customer_id": f"c{n:02d}", "as_of_on": day} for day in DAYS for n in range(60)
    ]
    figures = [{"active_day_count_112d": float(n % 7), "lively": float(n % 10)} for n in range(180)]
    traits = [key | {"traits": one} for key, one in zip(keys, figures, strict=True)]
    labels = [key | {"labels": {"churn_28d": float(n % 10 < 4)}} for n, key in enumerate(keys)]
    lake.publish({TRAIT: sample(spark, TRAIT, *traits), LABEL: sample(spark, LABEL, *labels)})


def test_a_second_run_trains_nothing_and_a_model_without_days_is_left_out(
    spark: SparkSession,
    open_lake: Callable[..., Lake],
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _tables(spark, open_lake())
    for trainer in (open_lake("train_model", "analytics") for _ in range(2)):
        run(trainer, settings)
        assert trainer.ledger.writes == {}
    assert "clv is not trained: label spend_90d" in caplog.text

    lake = open_lake()
    lake.read(TRAIT)
    tracking = Tracking.at(lake.root, settings.tracking)
    champion = tracking.champion("churn")
    assert champion is not None
    assert (champion.version, champion.features) == (1, ("active_day_count_112d", "lively"))
    runs = mlflow.search_runs(search_all_experiments=True, output_format="list")
    assert len(runs) == 1
    assert runs[0].data.tags["version.features.trait"] == str(
        lake.table_versions()["features.trait"]
    )
