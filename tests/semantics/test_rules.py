import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.semantics.rules import CONTRACT_REASONS, Check, Rule, keys_of, rules_of
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


def test_each_check_is_broken_by_what_does_not_fit_and_by_nothing_else(spark: SparkSession) -> None:
    broken = {
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
    texts = [json.dumps({"size": value}) for value in broken] + ["{}", '{"size": {"a": 1}}']
    rows = spark.createDataFrame(list(enumerate(texts)), "place long, text string")
    events = rows.select(
        "place", F.lit("web").alias("source"), F.lit("Seen").alias("name"),
        F.parse_json("text").alias("properties"),
    )  # fmt: skip
    found = events.select("place", keys_of(_RULES).alias("keys")).orderBy("place").collect()
    names = [{key.split(":")[1] for key in row["keys"]} for row in found]
    assert names == [*broken.values(), {"there"}, {"text", "number", "few", "small", "capital",
                                                   "short"}]  # fmt: skip


def test_a_rule_applies_only_to_events_in_its_scope(spark: SparkSession) -> None:
    check: dict[str, Any] = {"field": "amount", "required": True}
    rules = (
        Rule(name="of_web", sources=("web",), **check),
        Rule(name="of_orders", events=("Order",), verb="warn", **check),
        Rule(name="of_web_orders", sources=("web",), events=("Order",), **check),
    )
    given: list[dict[str, Any]] = [
        {"source": "web", "name": "Order"}, {"source": "web", "name": "Seen"},
        {"source": "shop", "name": "Order"}, {"source": "shop", "name": "Seen"},
        {"source": "web", "name": "Order", "amount": Decimal(1)},
    ]  # fmt: skip
    events = sample(spark, EVENT, *given)
    found = events.select("event_key", keys_of(rules).alias("keys")).orderBy("event_key").collect()
    assert [row["keys"] for row in found] == [
        ["quarantine:of_web:amount", "warn:of_orders:amount", "quarantine:of_web_orders:amount"],
        ["quarantine:of_web:amount"],
        ["warn:of_orders:amount"],
        [],
        [],
    ]


def test_a_contract_has_one_rule_per_field_and_check() -> None:
    check = Check(required=True, least=Decimal(0), most=Decimal(9), verb="warn")
    rules = list(rules_of("web", {"amount": check, "currency": Check(allowed=("EUR",))}))
    assert [(rule.key, rule.sources) for rule in rules] == [
        ("warn:missing_field:amount", ("web",)),
        ("warn:out_of_range:amount", ("web",)),
        ("quarantine:not_allowed:currency", ("web",)),
    ]
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
        ({"verb": "delete"}, "Input should be"),
        ({"name": "Bad name"}, "match pattern"),
        ({"tolerance": 1.0}, "less than 1"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_an_invalid_rule_is_rejected(given: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        Rule.model_validate({"name": "one", "field": "amount", "required": True} | given)
