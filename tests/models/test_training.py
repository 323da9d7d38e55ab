"""A fit and its promotion."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cdp_spark.models.rows import TrainingSet, TrainingSetInvalid
from cdp_spark.models.training import predicted, trained

Known = Callable[[str], TrainingSet]


def test_a_model_that_finds_the_pattern_may_lead(known_rows: Known) -> None:
    model = trained(known_rows("churn"))
    assert model.is_promoted
    assert model.metrics["auc"] > 0.7 > model.metrics["baseline_auc"]


def test_a_model_without_a_pattern_is_kept_back(known_rows: Known) -> None:
    rows = known_rows("propensity")
    blurred = rows.train.assign(order_count_112d=rows.train["outcome"].astype("float32"))
    tested = rows.test.assign(order_count_112d=rows.test["outcome"].astype("float32"))
    model = trained(
        replace(rows, features=("lively", "order_count_112d"), train=blurred, test=tested)
    )
    assert model.metrics["baseline_auc"] == 1
    assert not model.is_promoted
    assert model.promotion_reason.startswith("not promoted: auc")


def test_the_baseline_is_given_in_the_outcome_s_own_unit(known_rows: Known) -> None:
    rows = known_rows("clv")
    model = trained(rows)
    rescaled = rows.test["net_amount_112d"].sum() * 28 / 112
    expected = rescaled / rows.test["outcome"].sum()
    assert model.metrics["baseline_total_ratio"] == pytest.approx(expected)
    assert 0.85 < model.metrics["total_ratio"] < 1.15


def test_equal_rows_give_equal_models_and_scores(known_rows: Known) -> None:
    one, other = trained(known_rows("churn")), trained(known_rows("churn"))
    figures = known_rows("churn").test[list(one.features)]
    assert one.model_id == other.model_id
    assert one.metrics == other.metrics
    assert np.array_equal(predicted(one.estimator, figures), predicted(other.estimator, figures))


def test_other_rows_or_settings_give_another_id(known_rows: Known) -> None:
    rows = known_rows("churn")
    fewer = replace(rows, train=rows.train.head(799))
    longer = replace(rows, settings=rows.settings.model_copy(update={"horizon_days": 29}))
    assert len({rows.model_id, fewer.model_id, longer.model_id}) == 3


def test_a_trait_the_baseline_needs_must_be_there(known_rows: Known) -> None:
    with pytest.raises(TrainingSetInvalid, match="active_day_count_112d is missing"):
        trained(replace(known_rows("churn"), features=("lively",)))
