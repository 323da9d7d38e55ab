import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.semantics.rules import CONTRACT_REASONS, Check, Rule, rules_of, violations_of
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT


def _rule(name: str, field: str, **options: Any) -> Rule:
    return Rule(name=name, field=field, **options)


_SIZE = "properties.size"
_RULES = (
    _rule("there", _SIZE, required=True),
    _rule("text", _SIZE, type="text"),
    _rule("number", _SIZE, type="number"),
    _rule("object", _SIZE, type="object"),
    _rule("few", _SIZE, allowed=("S", "M")),
    _rule("small", _SIZE, least=1, most="4.5"),
    _rule("capital", _SIZE, pattern="[A-Z]+|[0-9.]+"),
    _rule("short", _SIZE, longest=3),
)


def test_each_check_is_violated_by_what_does_not_fit_only(
    spark: SparkSession,
) -> None:
    violated = {
        "S": {"number", "object", "small"},
        "small": {"number", "object", "few", "small", "capital", "short"},
        2: {"text", "object", "few"},
        4.75: {"text", "object", "few", "small", "short"},
        -1: {"text", "object", "few", "small", "capital"},
        "2": {"number", "object", "few"},
        "NaN": {"number", "object", "few", "small", "capital"},
        "": {"there", "number", "object", "few", "small", "capital"},
        None: {"there"},
    }
    texts = [json.dumps({"size": value}) for value in violated] + ["{}", '{"size": {"a": 1}}']
    rows = spark.createDataFrame(list(enumerate(texts)), "place long, text string")
    events = rows.select(
        "place", F.lit("web").alias("source"), F.lit("Seen").alias("name"),
        F.parse_json("text").alias("properties"),
    )  # fmt: skip
    found = events.select("place", violations_of(_RULES).alias("found")).orderBy("place").collect()
    names = [{one["rule"] for one in row["found"]} for row in found]
    assert names == [*violated.values(), {"there"}, {"text", "number", "few", "small", "capital",
                                                   "short"}]  # fmt: skip


def test_a_rule_applies_only_to_events_in_its_scope(spark: SparkSession) -> None:
    check: dict[str, Any] = {"field": "amount", "required": True}
    rules = (
        Rule(name="of_web", sources=("web",), **check),
        Rule(name="of_orders", events=("Order",), on_violation="warn", **check),
        Rule(name="of_web_orders", sources=("web",), events=("Order",), **check),
    )
    given: list[dict[str, Any]] = [
        {"source": "web", "name": "Order"}, {"source": "web", "name": "Seen"},
        {"source": "shop", "name": "Order"}, {"source": "shop", "name": "Seen"},
        {"source": "web", "name": "Order", "amount": Decimal(1)},
    ]  # fmt: skip
    events = sample(spark, EVENT, *given)
    found = (
        events.select("event_key", violations_of(rules).alias("found"))
        .orderBy("event_key")
        .collect()
    )
    of_web, of_orders = ("quarantine", "of_web", "amount"), ("warn", "of_orders", "amount")
    assert [[tuple(one) for one in row["found"]] for row in found] == [
        [of_web, of_orders, ("quarantine", "of_web_orders", "amount")],
        [of_web],
        [of_orders],
        [],
        [],
    ]


def test_a_contract_has_one_rule_per_field_and_check() -> None:
    check = Check(required=True, least=Decimal(0), most=Decimal(9), on_violation="warn")
    rules = list(rules_of("web", {"amount": check, "currency": Check(allowed=("EUR",))}))
    assert [(rule.on_violation, rule.name, rule.field) for rule in rules] == [
        ("warn", "missing_field", "amount"),
        ("warn", "out_of_range", "amount"),
        ("quarantine", "not_allowed", "currency"),
    ]
    assert {rule.sources for rule in rules} == {("web",)}
    assert (rules[1].least, rules[1].most) == (Decimal(0), Decimal(9))
    assert not rules[1].required
    assert {rule.name for rule in rules} < set(CONTRACT_REASONS)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"field": "raw"}, "expected one of"),
        ({"field": "properties"}, "a path below properties"),
        ({"field": "context.a'] or 1=1"}, "a path below"),
        ({"field": "amount.x"}, "expected one of"),
        ({"required": False}, "checks nothing"),
        ({"pattern": "("}, "not a regular expression"),
        ({"pattern": "(?P<x>a)"}, "named groups"),
        ({"least": "low"}, "valid decimal"),
        ({"least": "NaN"}, "finite"),
        ({"on_violation": "delete"}, "Input should be"),
        ({"name": "Bad name"}, "match pattern"),
        ({"tolerance": 1.0}, "less than 1"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_an_invalid_rule_is_rejected(given: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        Rule.model_validate({"name": "one", "field": "amount", "required": True} | given)
