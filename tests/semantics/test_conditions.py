import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.semantics.conditions import CONDITION_FIELDS, Condition, holds, reasons

_CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
_OFTEN = {"trait": "order_count", "op": ">=", "value": 3}
_LEAVING = {"score_decile": "churn", "op": "<=", "value": 3}
_GERMAN = {"field": "country", "op": "in", "value": ["DE", "AT"]}


def condition(written: Any) -> Condition:
    return _CONDITION.validate_json(json.dumps(written))


def standing(spark: SparkSession, **given: Any) -> DataFrame:
    row = {"traits": None, "score": None, "decile": None, "country": None, "net": None} | given
    schema = "traits map<string,double>, score double, decile long, country string, net string"
    rows = spark.createDataFrame([tuple(row.values())], schema)
    return rows.select(
        "traits",
        "country",
        F.col("score").alias("score_churn"),
        F.col("decile").alias("decile_churn"),
        F.col("net").cast("decimal(18,2)").alias("net_amount"),
    )


def matched(rows: DataFrame, written: Any) -> tuple[bool, list[str]]:
    parsed = condition(written)
    row = rows.select(holds(parsed).alias("holds"), reasons(parsed).alias("reasons")).collect()[0]
    return row["holds"], row["reasons"]


def test_a_leaf_holds_with_its_reason(spark: SparkSession) -> None:
    rows = standing(spark, traits={"order_count": 3.0}, decile=4, country="DE", net="0.10")
    assert matched(rows, _OFTEN) == (True, ["trait order_count >= 3"])
    assert matched(rows, _LEAVING) == (False, [])
    assert matched(rows, _GERMAN) == (True, ["country in DE, AT"])
    exactly = {"field": "net_amount", "op": "==", "value": 0.1}
    assert matched(rows, exactly) == (True, ["net_amount == 0.1"])


def test_what_is_missing_makes_a_leaf_false_and_its_not_true(spark: SparkSession) -> None:
    scored = {"score": "churn", "op": "<", "value": 0.5}
    for rows in (
        standing(spark),
        standing(spark, traits={"other": 1.0}, score=float("nan")),
        standing(spark, traits={"order_count": float("nan")}),
    ):
        for leaf in (_OFTEN, scored, _LEAVING, _GERMAN):
            assert matched(rows, leaf) == (False, [])
            assert matched(rows, {"not": leaf})[0] is True
    assert matched(standing(spark), {"not": _OFTEN})[1] == ["not trait order_count >= 3"]


def test_reasons_are_the_leaves_that_hold_in_the_order_of_the_rule(spark: SparkSession) -> None:
    rows = standing(spark, traits={"order_count": 5.0}, decile=9, country="AT")
    rule = {"all": [{"any": [_LEAVING, _GERMAN]}, {"not": {"all": [_LEAVING, _OFTEN]}}]}
    assert matched(rows, rule) == (True, ["country in DE, AT", "not churn decile <= 3"])


def test_a_value_is_a_literal_and_never_part_of_the_query(spark: SparkSession) -> None:
    hostile = "DE' OR '1'='1"
    rows = standing(spark, country="FR")
    assert matched(rows, {"field": "country", "op": "==", "value": hostile}) == (False, [])
    with pytest.raises(ValidationError, match="pattern"):
        condition({"trait": "a) OR (true", "op": ">=", "value": 1})


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"colour": "red"}, "one of the keys all, any, not, trait"),
        ("true", "one of the keys"),
        ({"all": []}, "at least 1 item"),
        ({"trait": "x", "op": "~", "value": 1}, "'==', '!=', '>='"),
        ({"trait": "x", "op": ">=", "value": "3"}, "valid number"),
        ({"trait": "x", "op": ">=", "value": True}, "valid number"),
        ({"trait": "x", "op": ">=", "value": 1, "unit": "€"}, "Extra inputs"),
        ({"score_decile": "clv", "op": "<=", "value": 11}, "less than or equal to 10"),
        ({"field": "email", "op": "==", "value": "a@b.c"}, "expected one of country"),
        ({"field": "country", "op": "in", "value": "DE"}, "takes a list of values"),
        ({"field": "country", "op": "==", "value": ["DE"]}, "takes one value"),
        ({"field": "country", "op": "in", "value": []}, "at least one value"),
        ({"field": "country", "op": "in", "value": ["DE", False]}, "country is a string"),
        ({"field": "order_count", "op": "==", "value": True}, "order_count is a bigint"),
    ],
)
def test_a_fault_names_what_was_expected(written: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        condition(written)


def test_no_personal_field_is_allowed() -> None:
    assert "country" in CONDITION_FIELDS
    assert not {"email", "phone", "birth_on", "city", "customer_id"} & set(CONDITION_FIELDS)
