"""Boosted trees of all models: deterministic, no early stopping, missing traits allowed."""

from typing import Any, Literal

from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from cdp_spark.models.options import TreeSettings


def classifier(trees: TreeSettings) -> Any:
    """An unfitted classifier; rows are not weighted, so that its probabilities stay calibrated."""
    return HistGradientBoostingClassifier(**_options(trees))


def regressor(trees: TreeSettings, loss: Literal["poisson", "squared_error"]) -> Any:
    """An unfitted regressor of a mean; `poisson` is for amounts that are never negative."""
    return HistGradientBoostingRegressor(loss=loss, **_options(trees))


def _options(trees: TreeSettings) -> dict[str, Any]:
    return {
        "max_iter": trees.iterations,
        "learning_rate": trees.learning_rate,
        "max_leaf_nodes": trees.leaves,
        "min_samples_leaf": trees.leaf_rows,
        "l2_regularization": trees.l2,
        "early_stopping": False,  # it would hold rows back at random
        "random_state": 0,
    }
