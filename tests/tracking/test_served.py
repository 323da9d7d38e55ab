"""Registered models as any MLflow client loads them."""

from dataclasses import replace

import mlflow
import numpy as np
import pytest
from mlflow.exceptions import MlflowException
from sklearn.ensemble import HistGradientBoostingRegressor

from cdp_spark.tracking.settings import TrackingSettings
from cdp_spark.tracking.tracking import Tracking
from tests.tracking.test_tracking import FIGURES, FittedModel

# As the trait table has them: 64-bit numbers, in another order, beside other traits.
TRAITS = FIGURES.astype("float64")[["b", "c", "a"]].assign(other=1.0)


@pytest.fixture(scope="module")
def tracking(tmp_path_factory: pytest.TempPathFactory) -> Tracking:
    """One database for the module: making it takes seconds."""
    return Tracking.at(str(tmp_path_factory.mktemp("lake")), TrackingSettings())


def test_a_model_predicts_a_probability_from_traits_as_the_table_has_them(
    tracking: Tracking,
) -> None:
    model = FittedModel()
    tracking.record(model, {})
    served = mlflow.pyfunc.load_model("models:/cdp-churn@champion")
    assert np.array_equal(served.predict(TRAITS), model.estimator.predict_proba(FIGURES)[:, 1])
    missing = served.predict(TRAITS.assign(a=np.nan))
    assert ((missing >= 0) & (missing <= 1)).all()
    with pytest.raises(MlflowException, match="missing inputs"):
        served.predict(TRAITS.drop(columns="a"))


def test_a_model_of_amounts_predicts_an_amount(tracking: Tracking) -> None:
    estimator = HistGradientBoostingRegressor(max_iter=5).fit(FIGURES, FIGURES["a"] * 100)
    model = replace(FittedModel(), name="clv", estimator=estimator)
    tracking.record(model, {})
    served = mlflow.pyfunc.load_model("models:/cdp-clv@champion")
    assert np.array_equal(served.predict(TRAITS), estimator.predict(FIGURES))
