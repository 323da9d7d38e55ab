"""Metrics of scores, beside the baseline's on the same rows."""

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    roc_auc_score,
)

from cdp_spark.models.spec import ModelSpec

Numbers = npt.NDArray[np.float64]

_BINS = 10
_LOWER_IS_BETTER = frozenset({"brier", "log_loss", "ece", "mae", "decile_mape"})
_NEARLY = 1e-6


def probability_metrics(
    outcome: Numbers, ranking: Numbers, probability: Numbers
) -> dict[str, float]:
    """Metrics of a probability of `outcome` (0/1).

    `auc`, `average_precision` and `lift_10` (rate in the first tenth over the rate of all) come
    from `ranking`; `brier`, `log_loss` and `ece` from `probability`. For a model both are the same;
    a baseline ranks by its raw value.
    """
    certain = np.clip(probability, _NEARLY, 1 - _NEARLY)
    return {
        "auc": float(roc_auc_score(outcome, ranking)),
        "average_precision": float(average_precision_score(outcome, ranking)),
        "brier": float(brier_score_loss(outcome, probability)),
        "log_loss": float(log_loss(outcome, certain)),
        "ece": calibration_error(outcome, probability),
        "lift_10": _lift(outcome, ranking),
    }


def amount_metrics(outcome: Numbers, amount: Numbers) -> dict[str, float]:
    """Metrics of a predicted amount.

    `total_ratio` is predicted over true; `mae` the mean absolute error; `gini` the normalised Gini
    coefficient of the ranking (1: perfect); `spearman` the rank correlation; `decile_mape` the
    mean relative error of the ten totals, customers ordered by prediction.
    """
    tenths = np.array_split(np.argsort(-amount, kind="stable"), _BINS)
    true = np.array([outcome[tenth].sum() for tenth in tenths])
    predicted = np.array([amount[tenth].sum() for tenth in tenths])
    known = true > 0
    return {
        "total_ratio": float(amount.sum() / outcome.sum()),
        "mae": float(np.abs(outcome - amount).mean()),
        "gini": _gini(outcome, amount) / _gini(outcome, outcome),
        "spearman": _rank_correlation(outcome, amount),
        "decile_mape": float((np.abs(predicted - true)[known] / true[known]).mean()),
    }


def calibration_error(outcome: Numbers, probability: Numbers) -> float:
    """Expected calibration error over ten equally wide bins (Naeini and others, 2015)."""
    bins = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    gaps = [abs(float((outcome - probability)[bins == one].sum())) for one in range(_BINS)]
    return sum(gaps) / len(outcome)


def promotion(spec: ModelSpec, metrics: dict[str, float]) -> tuple[bool, str]:
    """Whether the model may become champion, and why; `metrics` includes the `baseline_` ones."""
    ours, naive = metrics[spec.primary], metrics[f"baseline_{spec.primary}"]
    is_better = ours < naive if spec.primary in _LOWER_IS_BETTER else ours > naive
    comparison = f"{spec.primary} {ours:.4f}, baseline {naive:.4f}"
    violations = [
        f"{name} {metrics[name]:.3f} outside {low} to {high}"
        for name, (low, high) in spec.guards.items()
        if not low <= metrics[name] <= high
    ]
    if not is_better:
        return False, f"not promoted: {comparison}"
    if violations:
        return False, f"not promoted: {'; '.join(violations)}"
    return True, f"promoted: {comparison}"


def _lift(outcome: Numbers, ranking: Numbers) -> float:
    first = np.argsort(-ranking, kind="stable")[: max(1, len(outcome) // _BINS)]
    return float(outcome[first].mean() / outcome.mean())


def _rank_correlation(outcome: Numbers, amount: Numbers) -> float:
    """Spearman's; 0 where either side has a single value."""
    if np.ptp(outcome) == 0 or np.ptp(amount) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(outcome), rankdata(amount))[0, 1])


def _gini(outcome: Numbers, ranking: Numbers) -> float:
    """Twice the area between the concentration curve and the diagonal; ties share their rank."""
    ranks = rankdata(ranking)
    count = len(outcome)
    return float(2 * (ranks * outcome).sum() / (count * outcome.sum()) - (count + 1) / count)
