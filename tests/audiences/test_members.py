import json
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pyspark.sql import DataFrame, SparkSession

from cdp_spark.audiences import AudiencesSettings, SegmentSettings, day_scope, members_of
from cdp_spark.tables.audience import MEMBERSHIP
from cdp_spark.tables.features import TRAIT
from cdp_spark.tables.gold import CUSTOMER, SCORE
from cdp_spark.tables.sample import sample

_DAY, _BEFORE = date(2025, 3, 1), date(2025, 2, 28)
_CONF = Path(__file__).parents[2] / "conf" / "audiences.yaml"


def segments(**rules: Any) -> dict[str, SegmentSettings]:
    return {
        name: SegmentSettings.model_validate_json(json.dumps({"description": "x", "rule": rule}))
        for name, rule in rules.items()
    }


def win_back() -> dict[str, SegmentSettings]:
    written = yaml.safe_load(_CONF.read_text())["audiences"]
    return AudiencesSettings.model_validate_json(json.dumps(written)).segments


def customers(spark: SparkSession, *ids: str) -> DataFrame:
    return sample(spark, CUSTOMER, *[{"customer_id": one, "country": "DE"} for one in ids])


def trait(customer_id: str, as_of: date = _DAY, **traits: float) -> dict[str, Any]:
    return {"customer_id": customer_id, "as_of_on": as_of, "traits": traits}


def score(customer_id: str, model: str, decile: int, as_of: date = _DAY) -> dict[str, Any]:
    named = {"customer_id": customer_id, "model": model, "decile": decile, "as_of_on": as_of}
    return named | {"score": 0.5}


def reasons_by_member(members: DataFrame) -> dict[tuple[str, str], list[str]]:
    return {(row["segment"], row["customer_id"]): row["reasons"] for row in members.collect()}


def test_a_valued_customer_about_to_leave_is_won_back_with_reasons(spark: SparkSession) -> None:
    members = members_of(
        customers(spark, "leaving", "staying", "cheap", "new"),
        sample(spark, TRAIT, *[trait(one, order_count=2.0) for one in ("leaving", "staying")]),
        sample(
            spark,
            SCORE,
            *[score("leaving", "churn", 3), score("leaving", "clv", 4)],
            *[score("staying", "churn", 4), score("staying", "clv", 1)],
            *[score("cheap", "churn", 1), score("cheap", "clv", 5)],
            *[score("new", "churn", 1), score("new", "clv", 1)],
        ),
        win_back(),
        _DAY,
    )
    reasons = ["churn decile <= 3", "clv decile <= 4", "trait order_count >= 1"]
    assert reasons_by_member(members) == {("win_back", "leaving"): reasons}
    assert members.columns == list(MEMBERSHIP.columns)
    assert members.collect()[0]["as_of_on"] == _DAY


def test_only_traits_and_scores_of_the_day_count(spark: SparkSession) -> None:
    rules = segments(
        ordered={"trait": "order_count", "op": ">=", "value": 1},
        leaving={"score_decile": "churn", "op": "<=", "value": 3},
    )
    days = {"before": _BEFORE, "today": _DAY}
    members = members_of(
        customers(spark, *days),
        sample(spark, TRAIT, *[trait(one, day, order_count=2.0) for one, day in days.items()]),
        sample(spark, SCORE, *[score(one, "churn", 1, day) for one, day in days.items()]),
        rules,
        _DAY,
    )
    assert set(reasons_by_member(members)) == {("ordered", "today"), ("leaving", "today")}


def test_a_customer_without_traits_or_scores_meets_only_what_asks_for_neither(
    spark: SparkSession,
) -> None:
    ordered = {"trait": "order_count", "op": ">=", "value": 1}
    rules = segments(
        ordered=ordered,
        not_known_to_have_ordered={"not": ordered},
        german={"field": "country", "op": "==", "value": "DE"},
    )
    members = members_of(
        customers(spark, "a"), sample(spark, TRAIT), sample(spark, SCORE), rules, _DAY
    )
    assert reasons_by_member(members) == {
        ("german", "a"): ["country == DE"],
        ("not_known_to_have_ordered", "a"): ["not trait order_count >= 1"],
    }


def test_traits_of_somebody_who_is_no_customer_make_no_member(spark: SparkSession) -> None:
    rules = segments(ordered={"trait": "order_count", "op": ">=", "value": 1})
    traits = sample(spark, TRAIT, trait("gone", order_count=9.0))
    members = members_of(customers(spark, "a"), traits, sample(spark, SCORE), rules, _DAY)
    assert reasons_by_member(members) == {}


def test_the_scope_of_a_day_is_one_row_even_without_members(spark: SparkSession) -> None:
    scope = day_scope(sample(spark, MEMBERSHIP), _DAY)
    assert [tuple(row) for row in scope.collect()] == [(_DAY,)]
