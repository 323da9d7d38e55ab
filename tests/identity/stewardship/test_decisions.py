from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from cdp_spark.identity import active_decisions
from cdp_spark.identity.stewardship.decisions import (
    asserted,
    bypassed_identifiers,
    decided_pairs,
    is_rebuild_needed,
    never_sides,
)
from cdp_spark.tables.identity import DECISION
from cdp_spark.tables.sample import sample
from tests.identity.evidence.test_edges import KINDS

NOW = datetime(2025, 3, 1, tzinfo=UTC)


def decided(spark: SparkSession, *texts: str, **more: Any) -> DataFrame:
    """Each decision is a text such as "never u1 a1 | u2": its decision and its sides."""
    rows = [
        {
            "decision_id": f"decision-{number}",
            "decision": one.split()[0],
            "identifier_key": key,
            "kind": KINDS[key[0]],
            "side": side,
            "decided_at": NOW - timedelta(days=1),
            **more,
        }
        for number, one in enumerate(texts)
        for side, members in enumerate(one.partition(" ")[2].split("|"))
        for key in members.split()
    ]
    return sample(spark, DECISION, *rows)


def test_a_decision_is_in_force_until_it_expires_or_is_withdrawn(spark: SparkSession) -> None:
    lasting = decided(spark, "always u1 e1", "bypass a1")
    ended = decided(spark, "always u2 e2", expires_at=NOW)
    withdrawal = decided(spark, "withdrawn a1", withdraws="decision-1")
    withdrawal = withdrawal.replace({"decision-0": "decision-2"}, subset=["decision_id"])
    active = active_decisions(lasting.unionByName(withdrawal), NOW)
    assert {row.identifier_key for row in active.collect()} == {"u1", "e1"}
    assert active_decisions(ended, NOW).isEmpty()
    assert not active_decisions(ended, NOW - timedelta(seconds=1)).isEmpty()


def test_joined_identifiers_are_a_chain_and_separated_ones_have_sides(
    spark: SparkSession,
) -> None:
    active = decided(spark, "always u1 e1 a1", "alias u2 u3", "never u1 | u9", "bypass e7")
    joins = active.where("decision in ('always', 'alias')")
    members = joins.selectExpr("*", "decision_id AS group_id", "identifier_key != 'e1' AS is_own")
    pairs = {
        (row.left_key, row.right_key, row.decision) for row in decided_pairs(members).collect()
    }
    assert pairs == {("a1", "u1", "always"), ("e1", "u1", "always"), ("u2", "u3", "alias")}
    assert {(row.identifier_key, row.value) for row in never_sides(active).collect()} == {
        ("u1", "0"),
        ("u9", "1"),
    }
    assert [row.identifier_key for row in bypassed_identifiers(active).collect()] == ["e7"]


def test_of_two_ids_given_back_to_one_identifier_that_of_the_smaller_side_counts(
    spark: SparkSession,
) -> None:
    inner = decided(spark, "never u1 | e9", customer_id="inner").where("side = 0")
    outer = decided(spark, "bypass a7", "never u1 e1 | u9", customer_id="outer").where("side = 0")
    found = asserted(inner.unionByName(outer)).collect()
    assert {(row.identifier_key, row.customer_id) for row in found} == {
        ("u1", "inner"),
        ("e1", "outer"),
    }


def test_only_changes_or_a_decision_that_expired_need_a_rebuild(
    spark: SparkSession,
) -> None:
    nothing, since = decided(spark), NOW - timedelta(days=1)
    lasting = decided(spark, "always u1 e1")
    assert not is_rebuild_needed([nothing], lasting, since, NOW)
    assert is_rebuild_needed([nothing, lasting], nothing, since, NOW)
    assert is_rebuild_needed([nothing], nothing, None, NOW)
    expiring = decided(spark, "always u1 e1", expires_at=NOW)
    assert is_rebuild_needed([nothing], expiring, since, NOW)
    assert not is_rebuild_needed([nothing], expiring, since, NOW - timedelta(hours=1))
    assert not is_rebuild_needed([nothing], expiring, NOW, NOW + timedelta(days=1))
