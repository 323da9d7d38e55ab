from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from cdp_spark.identity import standing_decisions
from cdp_spark.identity.decisions import bypassed, decided_pairs, may_differ, sides
from cdp_spark.tables.identity import DECISION
from cdp_spark.tables.sample import sample
from tests.identity.test_evidence import KINDS

NOW = datetime(2025, 3, 1, tzinfo=UTC)


def decided(spark: SparkSession, *told: str, **more: Any) -> DataFrame:
    """Each decision is a text such as "never u1 a1 | u2": its verdict, and its sides."""
    rows = [
        {
            "decision_id": f"decision-{number}",
            "verdict": one.split()[0],
            "identifier_key": key,
            "kind": KINDS[key[0]],
            "side": side,
            "decided_at": NOW - timedelta(days=1),
            **more,
        }
        for number, one in enumerate(told)
        for side, members in enumerate(one.partition(" ")[2].split("|"))
        for key in members.split()
    ]
    return sample(spark, DECISION, *rows)


def test_a_decision_holds_until_it_expires_or_is_withdrawn(spark: SparkSession) -> None:
    lasting = decided(spark, "always u1 e1", "bypass a1")
    ended = decided(spark, "always u2 e2", expires_at=NOW)
    withdrawal = decided(spark, "withdrawn a1", withdraws="decision-1")
    withdrawal = withdrawal.replace({"decision-0": "decision-2"}, subset=["decision_id"])
    standing = standing_decisions(lasting.unionByName(withdrawal), NOW)
    assert {row.identifier_key for row in standing.collect()} == {"u1", "e1"}
    assert standing_decisions(ended, NOW).isEmpty()
    assert not standing_decisions(ended, NOW - timedelta(seconds=1)).isEmpty()


def test_what_is_joined_makes_a_chain_and_what_is_kept_apart_has_sides(
    spark: SparkSession,
) -> None:
    standing = decided(spark, "always u1 e1 a1", "alias u2 u3", "never u1 | u9", "bypass e7")
    pairs = {
        (row.left_key, row.right_key, row.verdict) for row in decided_pairs(standing).collect()
    }
    assert pairs == {("a1", "e1", "always"), ("e1", "u1", "always"), ("u2", "u3", "alias")}
    assert {(row.identifier_key, row.value) for row in sides(standing).collect()} == {
        ("u1", "0"),
        ("u9", "1"),
    }
    assert [row.identifier_key for row in bypassed(standing).collect()] == ["e7"]


def test_only_news_or_a_decision_that_may_expire_ask_for_another_look(spark: SparkSession) -> None:
    nothing = decided(spark)
    assert not may_differ([nothing], decided(spark, "always u1 e1"))
    assert may_differ([nothing, decided(spark, "always u1 e1")], nothing)
    assert may_differ([nothing], decided(spark, "always u1 e1", expires_at=NOW))
