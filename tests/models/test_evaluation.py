"""Metrics against figures worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from cdp_spark.models.evaluation import (
    amount_metrics,
    calibration_error,
    probability_metrics,
    promotion,
)
from cdp_spark.models.registry import spec_of


def test_a_perfect_ranking_has_auc_one_and_a_reversed_one_zero() -> None:
    outcome, probability = np.array([0.0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9])
    assert probability_metrics(outcome, probability, probability)["auc"] == 1
    assert probability_metrics(outcome, -probability, probability)["auc"] == 0


def test_brier_and_log_loss_are_those_of_the_textbook() -> None:
    outcome, probability = np.array([0.0, 1.0]), np.array([0.2, 0.6])
    metrics = probability_metrics(outcome, probability, probability)
    assert metrics["brier"] == pytest.approx((0.04 + 0.16) / 2)
    assert metrics["log_loss"] == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)


def test_lift_is_the_rate_of_the_first_tenth_over_that_of_all() -> None:
    outcome = np.array([1.0] * 5 + [0.0] * 15)
    ranking = np.arange(20, 0, -1, dtype=float)
    assert probability_metrics(outcome, ranking, np.full(20, 0.25))["lift_10"] == 4


def test_certainty_that_is_wrong_is_all_error() -> None:
    assert calibration_error(np.array([0.0, 0.0]), np.array([1.0, 1.0])) == 1
    assert calibration_error(np.array([0.0, 1.0]), np.array([0.5, 0.5])) == 0


def test_foretelling_the_truth_is_a_perfect_amount() -> None:
    spent = np.arange(1.0, 101.0)
    perfect = {"total_ratio": 1, "mae": 0, "gini": 1, "spearman": 1, "decile_mape": 0}
    assert amount_metrics(spent, spent) == pytest.approx(perfect)


def test_one_amount_for_all_has_no_ranking_but_may_have_the_right_total() -> None:
    spent = np.array([0.0, 10.0] * 20)
    metrics = amount_metrics(spent, np.full(40, 5.0))
    assert metrics["total_ratio"] == 1
    assert metrics["mae"] == 5
    assert metrics["gini"] == pytest.approx(0)
    assert metrics["spearman"] == 0


def test_gini_is_twice_the_area_under_the_concentration_curve() -> None:
    # By 2 * sum(rank * spent) / (3 * 10) - 4/3, with ranks 2, 3, 1 foretold and 3, 2, 1 in truth.
    spent, foretold = np.array([6.0, 3.0, 1.0]), np.array([5.0, 9.0, 1.0])
    ranked, perfect = 2 * (2 * 6 + 3 * 3 + 1) / 30 - 4 / 3, 2 * (3 * 6 + 2 * 3 + 1) / 30 - 4 / 3
    assert amount_metrics(spent, foretold)["gini"] == pytest.approx(ranked / perfect)


def test_a_model_leads_only_above_its_baseline_and_within_its_guards() -> None:
    spec = spec_of("clv")
    good = {"gini": 0.7, "baseline_gini": 0.6, "total_ratio": 1.1}
    assert promotion(spec, good)[0]
    assert not promotion(spec, good | {"baseline_gini": 0.7})[0]
    leads, reason = promotion(spec, good | {"total_ratio": 1.2})
    assert (leads, reason) == (False, "not promoted: total_ratio 1.200 outside 0.85 to 1.15")


def test_of_errors_the_lower_one_wins() -> None:
    spec = replace(spec_of("clv"), primary="mae", guards={})
    assert promotion(spec, {"mae": 1.0, "baseline_mae": 2.0})[0]
    assert not promotion(spec, {"mae": 2.0, "baseline_mae": 1.0})[0]
