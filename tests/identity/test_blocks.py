from pyspark.sql import SparkSession

from cdp_spark.identity import judged_identifiers
from tests.identity.test_evidence import RULES, seen


def _judged(spark: SparkSession, *events: str) -> dict[str, str | None]:
    rows = judged_identifiers(seen(spark, *events), RULES).collect()
    assert all((row.role == "own") == (row.reason is None) for row in rows)
    return {row.identifier_key: row.reason for row in rows}


def test_an_identifier_seen_with_more_people_than_its_limit_is_shared(spark: SparkSession) -> None:
    found = _judged(spark, "u1 e1", "u2 e1", "u3 e2", "u3 e2")
    assert found == {
        "u1": None,
        "u2": None,
        "u3": None,
        "e1": "shared by more than 1 user_id",
        "e2": None,
    }


def test_a_kind_without_limit_is_never_shared(spark: SparkSession) -> None:
    assert _judged(spark, *[f"u{number} a1" for number in range(9)])["a1"] is None


def test_every_identifier_is_judged_once_with_its_events(spark: SparkSession) -> None:
    rows = judged_identifiers(seen(spark, "u1 a1", "u1", "a1 u1"), RULES).collect()
    assert {(row.identifier_key, row.event_count) for row in rows} == {("u1", 3), ("a1", 2)}


def test_a_device_that_several_use_is_shared_and_anything_else_generic(spark: SparkSession) -> None:
    limited = tuple(rule.model_copy(update={"seen_with": {"user_id": 1}}) for rule in RULES)
    found = judged_identifiers(seen(spark, "u1 e1 a1", "u2 e1 a1", "a2"), limited).collect()
    roles = {row.identifier_key: row.role for row in found if row.identifier_key[0] != "u"}
    assert roles == {"e1": "generic", "a1": "shared", "a2": "own"}


def test_what_was_silent_for_long_may_have_changed_hands(spark: SparkSession) -> None:
    rules = tuple(
        rule.model_copy(update={"recycle_after": "5d"}) if rule.name == "email" else rule
        for rule in RULES
    )
    events = ("u1 e1", "e2", "u1 e2", "u2", "u2", "u2", "u3", "u3 e1")
    found = judged_identifiers(seen(spark, *events), rules).collect()
    told = {row.identifier_key: (row.role, row.reason) for row in found}
    assert told["e1"] == ("generic", "shared by more than 1 user_id")
    assert told["e2"] == ("own", None)
    calm = tuple(rule.model_copy(update={"seen_with": {}}) for rule in rules)
    found = judged_identifiers(seen(spark, *events), calm).collect()
    told = {row.identifier_key: (row.role, row.reason) for row in found}
    assert told["e1"] == ("shared", "silent for more than 5 days")
    assert told["u1"] == ("own", None)
