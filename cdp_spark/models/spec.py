"""The definition of a model; the folder `specs` is the registry."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from cdp_spark.models import specs

if TYPE_CHECKING:
    from cdp_spark.models.settings import ModelSettings

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


def spec_names() -> tuple[str, ...]:
    """Names of all models, ascending: the files of `specs`, without importing them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(specs.__path__)))


def spec_of(name: str) -> ModelSpec:
    """The model of a name.

    Raises:
        ModuleNotFoundError: there is no such file in `specs`.
    """
    found = import_module(f"{specs.__name__}.{name}").SPEC
    if not isinstance(found, ModelSpec) or found.name != name:
        raise TypeError(f"{specs.__name__}.{name}: SPEC must be a ModelSpec named {name!r}")
    return found
