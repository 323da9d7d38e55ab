"""The model clv on rows with a known pattern."""

from collections.abc import Callable
from dataclasses import replace

from cdp_spark.models.rows import TrainingSet
from cdp_spark.models.specs.clv import SPEC
from cdp_spark.models.training import trained

Known = Callable[[str], TrainingSet]


def test_the_total_foretold_is_that_of_the_test_without_looking_at_it(known_rows: Known) -> None:
    model = trained(known_rows("clv"))
    assert 0.85 < model.metrics["total_ratio"] < 1.15
    assert model.is_promoted


def test_a_total_out_of_bounds_keeps_the_model_back(known_rows: Known) -> None:
    rows = known_rows("clv")
    doubled = rows.test.assign(outcome=rows.test["outcome"] * 2)
    model = trained(replace(rows, test=doubled))
    assert model.metrics["gini"] > model.metrics["baseline_gini"]
    assert not model.is_promoted
    assert set(SPEC.guards) == {"total_ratio"}
