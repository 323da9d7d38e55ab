from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity import IdentitySettings, edges_of, identifiers_with_roles
from cdp_spark.identity.settings import MatchRule, MergeSettings
from cdp_spark.semantics.identifiers import IdentifierRule
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import SIGHTING

RULES = (
    IdentifierRule(name="user_id", priority=1, confidence=0.98),
    IdentifierRule(name="email", priority=2, confidence=0.95, seen_with={"user_id": 1}),
    IdentifierRule(name="anonymous_id", priority=3, confidence=0.8, is_device=True),
)
SETTINGS = IdentitySettings(identifiers=RULES)
KINDS = {"u": "user_id", "e": "email", "a": "anonymous_id"}


def seen(spark: SparkSession, *events: str) -> DataFrame:
    """Each event is a text such as "u1 e1": the identifiers it shows."""
    rows: list[dict[str, Any]] = [
        {
            "event_key": f"event-{number}",
            "identifier_key": key,
            "kind": KINDS[key[0]],
            "event_at": datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=number),
        }
        for number, event in enumerate(events)
        for key in event.split()
    ]
    return sample(spark, SIGHTING, *rows)


def edges(
    spark: SparkSession, *events: str, settings: IdentitySettings = SETTINGS
) -> dict[tuple[str, str], Any]:
    sightings = seen(spark, *events)
    found = edges_of(sightings, identifiers_with_roles(sightings, RULES), settings)
    return {(row.left_key, row.right_key): row for row in found.collect()}


def test_each_identifier_is_tied_to_the_strongest_one_of_its_event(spark: SparkSession) -> None:
    assert set(edges(spark, "u1 e1 a1")) == {("e1", "u1"), ("a1", "u1")}


def test_an_identifier_alone_is_no_evidence(spark: SparkSession) -> None:
    assert edges(spark, "u1", "a1") == {}


def test_evidence_counts_its_events_and_spans_their_time(spark: SparkSession) -> None:
    edge = edges(spark, "u1 a1", "u1", "u1 a1")["a1", "u1"]
    assert edge.event_count == 2
    assert (edge.first_seen_at.day, edge.last_seen_at.day) == (1, 3)


def test_more_events_give_more_confidence_up_to_the_fourth(spark: SparkSession) -> None:
    def confidence(times: int) -> float:
        return float(edges(spark, *["u1 a1"] * times)["a1", "u1"].confidence)

    assert confidence(1) == 0.8
    assert confidence(2) == 0.9
    assert confidence(4) == confidence(6) == 0.975


def test_evidence_through_a_shared_identifier_is_kept_but_cut(spark: SparkSession) -> None:
    found = edges(spark, "u1 e1", "u2 e1")
    assert {row.state for row in found.values()} == {"cut"}
    assert {row.reason for row in found.values()} == {"shared by more than 1 user_id"}


def test_beside_a_shared_identifier_the_others_still_find_each_other(spark: SparkSession) -> None:
    found = edges(spark, "u1 e1", "u2 e1", "e1 a1 a2")
    assert found["a1", "a2"].state == "live"
    assert found["a1", "e1"].state == "cut"


def test_evidence_through_a_shared_device_is_timed(spark: SparkSession) -> None:
    limited = tuple(rule.model_copy(update={"seen_with": {"user_id": 1}}) for rule in RULES)
    sightings = seen(spark, "u1 a1", "u2 a1 e1")
    found = edges_of(
        sightings,
        identifiers_with_roles(sightings, limited),
        IdentitySettings(identifiers=limited),
    ).collect()
    assert {(row.left_key, row.right_key): row.state for row in found} == {
        ("a1", "u1"): "timed",
        ("a1", "u2"): "timed",
        ("e1", "u2"): "live",
    }


def test_each_source_of_a_pair_is_an_edge_and_live_edges_have_a_weight(
    spark: SparkSession,
) -> None:
    sightings = seen(spark, "u1 a1", "u1 a1").withColumn(
        "source", F.when(F.col("event_key") == "event-0", "web").otherwise("shop")
    )
    found = edges_of(sightings, identifiers_with_roles(sightings, RULES), SETTINGS).collect()
    assert {(row.source, row.event_count, row.weight) for row in found} == {
        ("web", 1, 2.0),
        ("shop", 1, 2.0),
    }
    cut = edges(spark, "u1 e1", "u2 e1")["e1", "u1"]
    assert cut.weight == 0.0


def test_the_first_match_rule_that_names_both_kinds_decides(spark: SparkSession) -> None:
    rules = (
        MatchRule(name="login", kinds=("user_id", "email"), confidence=0.9),
        MatchRule(name="device", kinds=("user_id", "anonymous_id"), events=2),
    )
    settings = SETTINGS.model_copy(update={"match_rules": rules})
    found = edges(spark, "u1 e1 a1", "u1 a2", "u1 a2", "e2 a3", settings=settings)
    assert {ends: (row.rule, row.state, row.reason) for ends, row in found.items()} == {
        ("e1", "u1"): ("login", "live", None),
        ("a1", "u1"): ("device", "weak", "in too few events"),
        ("a2", "u1"): ("device", "live", None),
        ("a3", "e2"): ("none", "cut", "no match rule names both kinds"),
        ("a1", "e1"): ("none", "cut", "no match rule names both kinds"),
    }
    assert found["e1", "u1"].confidence == pytest.approx(0.9)


def test_weak_evidence_waits_for_a_steward_until_sources_agree(spark: SparkSession) -> None:
    merge = MergeSettings(accept=0.85, review=0.75)
    settings = SETTINGS.model_copy(update={"merge": merge})
    one = edges(spark, "u1 a1", settings=settings)["a1", "u1"]
    assert (one.state, one.reason, one.weight) == ("review", "below merge.accept", 0.0)
    sightings = seen(spark, "u1 a1", "u1 a1").withColumn("source", F.col("event_key"))
    both = edges_of(sightings, identifiers_with_roles(sightings, RULES), settings).collect()
    assert {row.state for row in both} == {"live"}
    strict = SETTINGS.model_copy(update={"merge": MergeSettings(accept=0.95, review=0.9)})
    assert edges(spark, "u1 a1", settings=strict)["a1", "u1"].state == "weak"


def test_a_rule_of_two_kinds_finds_them_beside_a_stronger_one(spark: SparkSession) -> None:
    rules = (MatchRule(name="contact", kinds=("email", "anonymous_id")),)
    settings = SETTINGS.model_copy(update={"match_rules": rules})
    found = edges(spark, "u1 e1 a1", settings=settings)
    assert {ends for ends, row in found.items() if row.state == "live"} == {("a1", "e1")}
