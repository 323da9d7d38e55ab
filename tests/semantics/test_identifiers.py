from typing import Any

import pytest
from pydantic import ValidationError
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.semantics.identifiers import (
    IdentifierRule,
    Limit,
    is_valid,
    rule_option_by_kind,
    spelled,
)


def _valid(spark: SparkSession, rule: IdentifierRule, values: list[str | None]) -> list[Any]:
    rows = spark.createDataFrame(list(enumerate(values)), "number int, value string")
    found = rows.withColumn("value", spelled(F.col("value"), rule, "90"))
    valid = found.withColumn("value", F.when(is_valid(F.col("value"), rule), F.col("value")))
    return [row["value"] for row in sorted(valid.collect(), key=lambda row: int(row["number"]))]


@pytest.mark.parametrize(
    ("normalise", "value", "expected"),
    [
        ("none", " aB\n", "aB"),
        ("lower", " aB", "ab"),
        ("upper", "aB\t", "AB"),
        ("email", " A+x@B.org", "a@b.org"),
        ("phone", "0555 111 22 33", "+905551112233"),
    ],
)
def test_spellings_become_one(
    spark: SparkSession, normalise: Any, value: str, expected: str
) -> None:
    rule = IdentifierRule(name="kind", priority=1, normalise=normalise)
    assert _valid(spark, rule, [value, expected]) == [expected, expected]


def test_empty_values_and_placeholders_are_invalid(spark: SparkSession) -> None:
    rule = IdentifierRule(name="kind", priority=1, invalid_patterns=("^(null|guest)$", "^[0-]+$"))
    placeholders = [None, "", "  ", "\n", "null", "NULL ", "Guest", "0", "00000000-0000", "---"]
    assert _valid(spark, rule, placeholders) == [None] * len(placeholders)
    assert _valid(spark, rule, ["nullable", "10", "guest1"]) == ["nullable", "10", "guest1"]


@pytest.mark.parametrize(
    "change",
    [{"name": "User Id"}, {"priority": 0}, {"confidence": 1.0}, {"normalise": "none "}, {"x": 1}],
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


def test_only_valid_values_name_somebody(spark: SparkSession) -> None:
    rule = IdentifierRule(
        name="card", priority=1, valid_patterns=("^[0-9]{4}$", "^C-"), invalid_patterns=("^0000$",)
    )
    assert _valid(spark, rule, ["1234", "0000", "c-9", "12345"]) == ["1234", None, "c-9", None]


def test_a_limit_is_set_once_and_recycling_in_days() -> None:
    assert IdentifierRule(name="card", priority=1, unique=True).most == Limit(max=1)
    assert IdentifierRule(name="card", priority=1, recycle_after="365d").recycle_days == 365
    assert IdentifierRule(name="card", priority=1).recycle_days is None
    for wrong in ({"unique": True, "limit": Limit(max=2)}, {"recycle_after": "1y"}):
        with pytest.raises(ValidationError):
            IdentifierRule.model_validate({"name": "card", "priority": 1, **wrong})
