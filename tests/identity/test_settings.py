from typing import Any

import pytest
from pydantic import ValidationError

from cdp_spark.identity.settings import IdentitySettings
from cdp_spark.semantics.identifiers import IdentifierRule


def _rule(name: str, **others: Any) -> IdentifierRule:
    return IdentifierRule(name=name, priority=1, **others)


def test_limits_name_known_kinds_and_a_kind_is_named_once() -> None:
    email = _rule("email", seen_with={"user_id": 2})
    assert IdentitySettings(identifiers=(email, _rule("user_id"))).country_code == "90"
    with pytest.raises(ValidationError, match=r"unknown kinds \['user_id'\]"):
        IdentitySettings(identifiers=(email,))
    with pytest.raises(ValidationError, match="a name given twice"):
        IdentitySettings(identifiers=(_rule("email"), _rule("email")))


@pytest.mark.parametrize("code", ["", "0", "+90", "1234"])
def test_a_country_code_is_one_to_three_digits(code: str) -> None:
    with pytest.raises(ValidationError):
        IdentitySettings(country_code=code, identifiers=(_rule("email"),))
