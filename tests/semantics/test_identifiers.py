from typing import Any, get_args

import pytest
from pydantic import ValidationError
from pyspark.sql import SparkSession

from cdp_spark.semantics.identifiers import (
    IdentifierRule,
    Limit,
    Normalise,
    rule_option_by_kind,
    spelling_of,
)


def _valid(rule: IdentifierRule, values: list[str]) -> list[str | None]:
    return [spelling_of(value, rule, ("TR",))[0] for value in values]


@pytest.mark.parametrize(
    ("normalise", "value", "expected"),
    [
        ("none", " aB\n", "aB"),
        ("none", "\ufeff\u00a0e\u0301B\u200b", "éB"),
        ("lower", " aBİ", "abi"),
        ("upper", "aB\t", "AB"),
        ("email", " A+x@B.org", "a@b.org"),
        ("phone", "0555 111 22 33", "+905551112233"),
    ],
)
def test_spellings_become_one(normalise: Any, value: str, expected: str) -> None:
    rule = IdentifierRule(name="kind", priority=1, normalise=normalise)
    assert _valid(rule, [value, expected]) == [expected, expected]


def test_words_that_mean_no_value_are_no_identifier_of_any_kind() -> None:
    for normalise in get_args(Normalise):
        rule = IdentifierRule(name="kind", priority=1, normalise=normalise)
        for word in ("", "\n", "null", " NaN\u00a0", "(Not Set)", "0", "-", "#N/A"):
            assert spelling_of(word, rule) == (None, "")


def test_a_value_that_is_left_out_has_a_warning() -> None:
    email = IdentifierRule(name="email", priority=1, normalise="email",
                           invalid_patterns=("^noreply@",))  # fmt: skip
    phone = IdentifierRule(name="phone", priority=1, normalise="phone")
    for rule, value, warning in (
        (email, "{{email}}", "placeholder_email"),
        (email, "ann@example.com", "placeholder_email"),
        (email, "NoReply@posta.invalid", "placeholder_email"),
        (email, "ann at posta", "unreadable_email"),
        (phone, "1234567890", "placeholder_phone"),
        (phone, "0500 123 45 04", "without_country_phone"),
        (phone, "call me", "unreadable_phone"),
    ):
        assert spelling_of(value, rule) == (None, warning)
    assert spelling_of("0500 123", phone, ("TR",)) == (None, "unreadable_phone")


def test_patterns_of_a_rule_are_placeholders_too() -> None:
    rule = IdentifierRule(name="kind", priority=1, invalid_patterns=("^(test|admin)$", "^x-"))
    assert _valid(rule, ["Test", "ADMIN ", "X-1", "tester", "1x-"]) == [
        None, None, None, "tester", "1x-",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"name": "User Id"},
        {"priority": 0},
        {"confidence": 1.0},
        {"normalise": "none "},
        {"x": 1},
        {"invalid_patterns": ("(",)},
    ],
)
def test_a_rule_that_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    good: dict[str, Any] = {"name": "user_id", "priority": 1}
    assert IdentifierRule(**good).seen_with == {}
    with pytest.raises(ValidationError):
        IdentifierRule(**good | change)


def test_a_kind_gets_the_option_of_its_rule(spark: SparkSession) -> None:
    rules = (
        IdentifierRule(name="user_id", priority=1, unique=True),
        IdentifierRule(name="phone", priority=4),
    )
    kinds = spark.createDataFrame([("phone",), ("user_id",), ("fax",)], "kind string")
    found = kinds.select(
        "kind", rule_option_by_kind(rules, "priority"), rule_option_by_kind(rules, "unique")
    ).collect()
    assert {tuple(row) for row in found} == {
        ("phone", 4, False), ("user_id", 1, True), ("fax", None, None),
    }  # fmt: skip


def test_only_valid_values_name_somebody() -> None:
    rule = IdentifierRule(
        name="card", priority=1, valid_patterns=("^[0-9]{4}$", "^C-"), invalid_patterns=("^0000$",)
    )
    assert _valid(rule, ["1234", "0000", "c-9", "12345"]) == ["1234", None, "c-9", None]


def test_a_limit_is_set_once_and_recycling_in_days() -> None:
    assert IdentifierRule(name="card", priority=1, unique=True).most == Limit(max=1)
    assert IdentifierRule(name="card", priority=1, recycle_after="365d").recycle_days == 365
    assert IdentifierRule(name="card", priority=1).recycle_days is None
    for wrong in ({"unique": True, "limit": Limit(max=2)}, {"recycle_after": "1y"}):
        with pytest.raises(ValidationError):
            IdentifierRule.model_validate({"name": "card", "priority": 1, **wrong})
