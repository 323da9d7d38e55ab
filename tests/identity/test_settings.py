from typing import Any

import pytest
from pydantic import ValidationError

from cdp_spark.identity.settings import IdentitySettings
from cdp_spark.semantics.identifiers import IdentifierRule


def _rule(name: str, **others: Any) -> IdentifierRule:
    return IdentifierRule(name=name, priority=1, **others)


def test_limits_name_known_kinds_and_a_kind_is_named_once() -> None:
    email = _rule("email", seen_with={"user_id": 2})
    assert IdentitySettings(identifiers=(email, _rule("user_id"))).rules[0] == email
    with pytest.raises(ValidationError, match=r"unknown kinds \['user_id'\]"):
        IdentitySettings(identifiers=(email,))
    with pytest.raises(ValidationError, match="a name given twice"):
        IdentitySettings(identifiers=(_rule("email"), _rule("email")))
