"""Training: a fit on earlier days, tested on later ones beside the naive baseline."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression
from threadpoolctl import threadpool_limits

from cdp_spark.models.evaluation import Numbers, amount_metrics, probability_metrics, promotion
from cdp_spark.models.rows import TrainingSet, TrainingSetInvalid

_THREADS = 1  # more threads would sum in another order, and wait for each other on a busy machine


@dataclass(frozen=True)
class Trained:
    """A fitted model with its parameters and metrics."""

    name: str
    model_id: str
    estimator: Any
    features: tuple[str, ...]
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    is_promoted: bool
    promotion_reason: str
    example: pd.DataFrame


def trained(rows: TrainingSet) -> Trained:
    """The model fitted on the training days and tested on the test days, beside its baseline."""
    estimator = rows.spec.estimator(rows.settings)
    figures = list(rows.features)
    with threadpool_limits(limits=_THREADS):
        estimator.fit(rows.train[figures], rows.train["outcome"].to_numpy())
        scores = predicted(estimator, rows.test[figures])
    ours = _metrics(rows, scores, scores)
    naive = _metrics(rows, *_baseline(rows))
    metrics = ours | {f"baseline_{name}": value for name, value in naive.items()}
    is_promoted, reason = promotion(rows.spec, metrics)
    return Trained(
        name=rows.spec.name,
        model_id=rows.model_id,
        estimator=estimator,
        features=rows.features,
        params=rows.params,
        metrics=metrics,
        is_promoted=is_promoted,
        promotion_reason=reason,
        example=rows.test[figures].head(1),
    )


def predicted(estimator: Any, figures: pd.DataFrame) -> Numbers:
    """One score per row: the probability of outcome 1, or the amount."""
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(figures)[:, 1], dtype=np.float64)
    return np.asarray(estimator.predict(figures), dtype=np.float64)


def _baseline(rows: TrainingSet) -> tuple[Numbers, Numbers]:
    """The naive rule on the test rows: its ranking, and its value in the outcome's unit.

    A count becomes a probability by the rates of the training rows (isotonic regression).
    """
    naive = rows.spec.baseline
    if naive.trait not in rows.features:
        raise TrainingSetInvalid(
            f"{rows.spec.name}: baseline trait {naive.trait} is missing; add its window to "
            "features.windows_days"
        )
    past, now = (
        part[naive.trait].to_numpy(dtype=np.float64) * naive.sign
        for part in (rows.train, rows.test)
    )
    if rows.spec.task == "amount":
        rescaled = now * rows.settings.horizon_days / naive.window_days
        return rescaled, rescaled
    rates = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    return now, rates.fit(past, rows.train["outcome"].to_numpy()).predict(now)


def _metrics(rows: TrainingSet, ranking: Numbers, value: Numbers) -> dict[str, float]:
    outcome = rows.test["outcome"].to_numpy(dtype=np.float64)
    if rows.spec.task == "amount":
        return amount_metrics(outcome, value)
    return probability_metrics(outcome, ranking, value)
