"""The definition of a model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cdp_spark.models.options import ModelSettings

Task = Literal["probability", "amount"]


@dataclass(frozen=True)
class Baseline:
    """The naive rule a model must beat: one trait, a sign, and the look-back days of the trait.

    An amount is rescaled from `window_days` to the horizon of the label.
    """

    trait: str
    sign: int
    window_days: int


@dataclass(frozen=True)
class ModelSpec:
    """One kind of model.

    `estimator` makes an unfitted scikit-learn estimator; `primary` is the metric by which it must
    beat the baseline; `guards` are further bounds (lowest, highest) on its metrics.
    """

    name: str
    meaning: str
    task: Task
    estimator: Callable[[ModelSettings], Any]
    baseline: Baseline
    primary: str
    guards: Mapping[str, tuple[float, float]] = field(default_factory=dict)
