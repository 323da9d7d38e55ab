import pytest
from pydantic import TypeAdapter, ValidationError

from cdp_spark.semantics.codes import CountryCode, CurrencyCode


def test_codes_are_those_of_the_standards_or_empty() -> None:
    country, currency = TypeAdapter(CountryCode), TypeAdapter(CurrencyCode)
    assert (country.validate_python("DE"), country.validate_python("")) == ("DE", "")
    assert (currency.validate_python("EUR"), currency.validate_python("")) == ("EUR", "")
    with pytest.raises(ValidationError, match="ISO 3166 such as DE, found 'Germany'"):
        country.validate_python("Germany")
    with pytest.raises(ValidationError, match="ISO 4217 such as EUR, found 'euro'"):
        currency.validate_python("euro")
