from datetime import UTC, datetime

from pyspark.sql import SparkSession

from cdp_spark.identity.stewardship.decision import Decision, Member, contradicted_edges
from cdp_spark.tables.identity import DECISION, EDGE
from cdp_spark.tables.sample import sample

AT = datetime(2025, 3, 1, tzinfo=UTC)


def test_a_decision_is_a_row_per_identifier_under_one_id(spark: SparkSession) -> None:
    members = [Member("u1", "user_id"), Member("e1", "email", 1, "c1")]
    decision = Decision("never", members, "twins", "ana", AT)
    rows = spark.createDataFrame(list(decision.rows()), DECISION.schema).collect()
    assert {(row.identifier_key, row.side, row.customer_id) for row in rows} == {
        ("u1", 0, None),
        ("e1", 1, "c1"),
    }
    assert {row.decision_id for row in rows} == {decision.decision_id}


def test_the_id_of_a_decision_depends_only_on_what_was_decided() -> None:
    members = [Member("u1", "user_id"), Member("e1", "email", 1)]
    one = Decision("never", members, "twins", "ana", AT)
    other = Decision("never", members[::-1], "other words", "ana", AT)
    assert one.decision_id == other.decision_id
    assert one.decision_id != Decision("always", members, "twins", "ana", AT).decision_id


def test_a_decided_edge_that_is_not_live_is_a_contradiction(
    spark: SparkSession,
) -> None:
    cases = [("always", "cut"), ("alias", "live"), ("alias", "timed"), ("seen_together", "cut")]
    edges = sample(spark, EDGE, *[{"rule": rule, "state": state} for rule, state in cases])
    found = {(row.rule, row.state) for row in contradicted_edges(edges).collect()}
    assert found == {("always", "cut"), ("alias", "timed")}
