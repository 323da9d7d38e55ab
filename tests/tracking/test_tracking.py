"""Runs and models, in a database of the test's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from cdp_spark.tracking.settings import TrackingSettings
from cdp_spark.tracking.tracking import Tracking, TrackingInvalid

FIGURES = pd.DataFrame(np.random.default_rng(1).random((200, 3)), columns=list("cab")).astype(
    "float32"
)
VERSIONS = {"features.trait": 4, "features.label": 2}


def _fitted() -> Any:
    return HistGradientBoostingClassifier(max_iter=5).fit(FIGURES, FIGURES["a"] > 0.5)


@dataclass(frozen=True)
class FittedModel:
    name: str = "churn"
    model_id: str = "m1"
    is_promoted: bool = True
    promotion_reason: str = "promoted: auc 0.9, baseline 0.8"
    estimator: Any = field(default_factory=_fitted)
    params: Mapping[str, Any] = field(default_factory=lambda: {"leaves": 8})
    metrics: Mapping[str, float] = field(default_factory=lambda: {"auc": 0.9, "baseline_auc": 0.8})
    example: pd.DataFrame = field(default_factory=lambda: FIGURES.head(1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One database for the module: making it takes seconds. Each test has its own prefix."""
    return tmp_path_factory.mktemp("lake")


@pytest.fixture
def tracking(folder: Path, request: pytest.FixtureRequest) -> Tracking:
    return Tracking.at(str(folder), TrackingSettings(prefix=request.node.name[:40]))


def test_a_model_that_leads_comes_back_as_it_was(tracking: Tracking) -> None:
    model = FittedModel()
    assert tracking.champion("churn") is None
    tracking.record(model, VERSIONS)
    champion = tracking.champion("churn")
    assert champion is not None
    assert (champion.model_id, champion.version) == ("m1", 1)
    assert champion.features == ("c", "a", "b")
    foretold = champion.estimator.predict_proba(FIGURES)
    assert np.array_equal(foretold, model.estimator.predict_proba(FIGURES))


def test_a_model_that_is_kept_back_moves_no_alias(tracking: Tracking) -> None:
    tracking.record(FittedModel(), VERSIONS)
    tracking.record(
        FittedModel(model_id="m2", is_promoted=False, promotion_reason="not promoted"), VERSIONS
    )
    champion = tracking.champion("churn")
    assert champion is not None
    assert champion.model_id == "m1"
    assert tracking.has("churn", "m2")


def test_the_next_model_that_beats_its_baseline_leads(tracking: Tracking) -> None:
    tracking.record(FittedModel(), VERSIONS)
    tracking.record(FittedModel(model_id="m2"), VERSIONS)
    champion = tracking.champion("churn")
    assert champion is not None
    assert (champion.model_id, champion.version) == ("m2", 2)


def test_what_is_registered_is_known_by_its_id_and_name(tracking: Tracking) -> None:
    tracking.record(FittedModel(is_promoted=False), {})
    assert tracking.has("churn", "m1")
    assert not tracking.has("churn", "m2")
    assert not tracking.has("clv", "m1")


def test_a_version_left_halfway_is_made_again(tracking: Tracking) -> None:
    first = tracking.record(FittedModel(), {})
    registered = f"{tracking.settings.prefix}-churn"
    mlflow.MlflowClient().delete_model_version_tag(registered, str(first), "whole")
    assert not tracking.has("churn", "m1")
    assert tracking.record(FittedModel(), {}) == first + 1
    assert tracking.has("churn", "m1")


def test_a_run_stores_metrics_versions_and_reason(tracking: Tracking) -> None:
    tracking.record(replace(FittedModel(), model_id="model"), VERSIONS)
    runs = mlflow.search_runs(
        search_all_experiments=True, filter_string="tags.model_id = 'model'", output_format="list"
    )
    run = runs[0]
    assert run.data.metrics == {"auc": 0.9, "baseline_auc": 0.8}
    assert run.data.params["leaves"] == "8"
    assert run.data.tags["version.features.trait"] == "4"
    assert run.data.tags["promotion_reason"].startswith("promoted")
    assert len(run.data.tags["settings_hash"]) == 32
    assert run.inputs is not None
    assert {one.dataset.name for one in run.inputs.dataset_inputs} == set(VERSIONS)


def test_a_class_that_is_not_allowed_is_not_stored(folder: Path) -> None:
    strict = Tracking.at(str(folder), TrackingSettings(prefix="strict", trusted_types=()))
    with pytest.raises(Exception, match="TreePredictor"):
        strict.record(FittedModel(), {})
    assert strict.champion("churn") is None


def test_nothing_is_printed(tracking: Tracking, capfd: pytest.CaptureFixture[str]) -> None:
    tracking.record(FittedModel(), VERSIONS)
    assert capfd.readouterr() == ("", "")


def test_a_lake_in_a_remote_store_needs_a_server() -> None:
    with pytest.raises(TrackingInvalid, match=r"set tracking\.uri"):
        Tracking.at("s3://bucket/lake", TrackingSettings())
