import pytest
from pydantic import ValidationError

from cdp_spark.semantics.rules import Rule
from cdp_spark.silver.settings import QualitySettings


def test_rules_of_one_name_and_field_would_be_counted_as_one() -> None:
    one = Rule(name="one", field="amount", required=True)
    other = Rule(name="one", field="currency", required=True)
    assert QualitySettings(rules=(one, other)).rules == (one, other)
    with pytest.raises(ValidationError, match="same name and field twice"):
        QualitySettings(rules=(one, one.model_copy(update={"on_violation": "warn"})))


def test_reasons_of_contracts_are_reserved() -> None:
    rule = Rule(name="missing_field", field="amount", required=True)
    with pytest.raises(ValidationError, match=r"source contracts: \['missing_field'\]"):
        QualitySettings(rules=(rule,))
