"""Rows with a known pattern, so that a model has something to find."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from cdp_spark.models.options import ModelSettings, TreeSettings
from cdp_spark.models.registry import spec_of
from cdp_spark.models.rows import TrainingSet


def _part(task: str, count: int, seed: int) -> pd.DataFrame:
    """Customers with an outcome that depends on a trait the baseline ignores, and on chance."""
    draw = np.random.default_rng(seed)
    lively, naive = draw.random(count), draw.random(count)
    chance = 0.9 * lively + 0.05
    happened = draw.random(count) < chance
    spent = draw.gamma(2.0, 50 * chance)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:05d}" for number in range(count)],
            "as_of_on": f"2025-0{seed}-01",
            "outcome": spent if task == "amount" else happened.astype(float),
            "lively": lively.astype("float32"),
            "net_amount_112d": (naive * 100).astype("float32"),
            "order_count_112d": np.floor(naive * 9).astype("float32"),
            "active_day_count_112d": np.floor(naive * 9).astype("float32"),
        }
    )


@pytest.fixture
def known_rows() -> Callable[[str], TrainingSet]:
    """Rows of a model by its name: 800 for training, 800 for the test."""

    def rows(name: str) -> TrainingSet:
        spec = spec_of(name)
        settings = ModelSettings(
            label="it_28d", horizon_days=28, trees=TreeSettings(iterations=40, leaf_rows=20)
        )
        train, test = _part(spec.task, 800, 1), _part(spec.task, 800, 4)
        return TrainingSet(spec, settings, tuple(train.columns[3:]), train, test)

    return rows
