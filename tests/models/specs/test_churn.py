"""The model churn on rows with a known pattern."""

from collections.abc import Callable

from cdp_spark.models.rows import TrainingSet
from cdp_spark.models.specs.churn import SPEC
from cdp_spark.models.training import trained

Known = Callable[[str], TrainingSet]


def test_churn_beats_counting_active_days_where_more_is_known(known_rows: Known) -> None:
    model = trained(known_rows("churn"))
    assert model.is_promoted
    assert model.metrics["ece"] < 0.1


def test_many_active_days_speak_against_churn() -> None:
    assert SPEC.baseline.sign == -1
