"""A registered model as MLflow serves it: traits in, a probability or an amount out.

MLflow copies this file beside each model and runs it where the model is loaded, so it imports
nothing of this project.
"""

from typing import Any

import mlflow.pyfunc
import numpy as np
import pandas as pd
import skops.io
from mlflow.models import set_model


class ServedModel(mlflow.pyfunc.PythonModel):  # type: ignore[name-defined,misc]
    """A stored estimator, loaded by skops: only classes of its `trusted_types` are built."""

    def load_context(self, context: Any) -> None:
        """Load the estimator from the model's folder."""
        trusted = list(context.model_config["trusted_types"])
        self._estimator = skops.io.load(context.artifacts["estimator"], trusted=trusted)

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> Any:
        """One number per row: the probability of the outcome, or the amount.

        The estimator was fitted on 32-bit traits; the trait table has 64-bit ones.
        """
        traits = model_input.astype(np.float32)
        if hasattr(self._estimator, "predict_proba"):
            return self._estimator.predict_proba(traits)[:, 1]
        return self._estimator.predict(traits)


set_model(ServedModel())
