"""The model propensity on rows with a known pattern."""

from collections.abc import Callable

from cdp_spark.models.rows import TrainingSet
from cdp_spark.models.specs.propensity import SPEC
from cdp_spark.models.training import trained

Known = Callable[[str], TrainingSet]


def test_propensity_beats_counting_orders_where_more_is_known(known_rows: Known) -> None:
    model = trained(known_rows("propensity"))
    assert model.is_promoted
    assert model.metrics["average_precision"] > model.metrics["baseline_average_precision"]


def test_many_orders_speak_for_another() -> None:
    assert (SPEC.baseline.trait, SPEC.baseline.sign) == ("order_count_112d", 1)
