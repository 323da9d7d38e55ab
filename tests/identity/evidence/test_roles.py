from pyspark.sql import SparkSession

from cdp_spark.identity import identifiers_with_roles
from tests.identity.evidence.test_edges import RULES, seen


def _reasons(spark: SparkSession, *events: str) -> dict[str, str | None]:
    rows = identifiers_with_roles(seen(spark, *events), RULES).collect()
    assert all((row.role == "own") == (row.reason is None) for row in rows)
    return {row.identifier_key: row.reason for row in rows}


def test_an_identifier_seen_with_more_people_than_its_limit_is_shared(spark: SparkSession) -> None:
    found = _reasons(spark, "u1 e1", "u2 e1", "u3 e2", "u3 e2")
    assert found == {
        "u1": None,
        "u2": None,
        "u3": None,
        "e1": "shared by more than 1 user_id",
        "e2": None,
    }


def test_a_kind_without_limit_is_never_shared(spark: SparkSession) -> None:
    assert _reasons(spark, *[f"u{number} a1" for number in range(9)])["a1"] is None


def test_every_identifier_has_one_role_and_its_event_count(spark: SparkSession) -> None:
    rows = identifiers_with_roles(seen(spark, "u1 a1", "u1", "a1 u1"), RULES).collect()
    assert {(row.identifier_key, row.event_count) for row in rows} == {("u1", 3), ("a1", 2)}


def test_a_device_that_several_use_is_shared_and_anything_else_generic(spark: SparkSession) -> None:
    limited = tuple(rule.model_copy(update={"seen_with": {"user_id": 1}}) for rule in RULES)
    found = identifiers_with_roles(seen(spark, "u1 e1 a1", "u2 e1 a1", "a2"), limited).collect()
    roles = {row.identifier_key: row.role for row in found if row.identifier_key[0] != "u"}
    assert roles == {"e1": "generic", "a1": "shared", "a2": "own"}


def test_an_identifier_silent_for_long_may_have_changed_hands(spark: SparkSession) -> None:
    rules = tuple(
        rule.model_copy(update={"recycle_after": "5d"}) if rule.name == "email" else rule
        for rule in RULES
    )
    events = ("u1 e1", "e2", "u1 e2", "u2", "u2", "u2", "u3", "u3 e1")
    found = identifiers_with_roles(seen(spark, *events), rules).collect()
    roles = {row.identifier_key: (row.role, row.reason) for row in found}
    assert roles["e1"] == ("generic", "shared by more than 1 user_id")
    assert roles["e2"] == ("own", None)
    calm = tuple(rule.model_copy(update={"seen_with": {}}) for rule in rules)
    found = identifiers_with_roles(seen(spark, *events), calm).collect()
    roles = {row.identifier_key: (row.role, row.reason) for row in found}
    assert roles["e1"] == ("shared", "silent for more than 5 days")
    assert roles["u1"] == ("own", None)
