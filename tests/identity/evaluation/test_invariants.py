from pyspark.sql import DataFrame, SparkSession

from cdp_spark.identity import IdentitySettings, StoredIdentity
from cdp_spark.identity.evaluation.invariants import (
    component_violations,
    differing_identifiers,
    limit_violations,
)
from cdp_spark.tables.identity import EDGE, IDENTIFIER, LINK, OWNERSHIP
from cdp_spark.tables.sample import sample
from tests.identity.clusters.test_limits import UNIQUE
from tests.identity.evidence.test_edges import KINDS

SETTINGS = IdentitySettings(identifiers=UNIQUE)


def stored(spark: SparkSession, customers: dict[str, str], *edges: str) -> StoredIdentity:
    """Identifier → customer, and live edges such as "e1 u1"."""
    links = [
        {"identifier_key": key, "kind": KINDS[key[0]], "customer_id": customer}
        for key, customer in customers.items()
    ]
    nodes = [
        {"identifier_key": key, "kind": KINDS[key[0]], "role": "own"} for key in sorted(customers)
    ]
    ties = [
        {"left_key": left, "right_key": right, "state": "live"}
        for left, right in (edge.split() for edge in edges)
    ]
    return StoredIdentity(
        sample(spark, IDENTIFIER, *nodes),
        sample(spark, EDGE, *ties),
        spark.createDataFrame([], OWNERSHIP.schema),
        sample(spark, LINK, *links),
    )


def broken(violations: dict[str, DataFrame]) -> dict[str, int]:
    return {invariant: rows.count() for invariant, rows in violations.items() if rows.count()}


def test_partitions_that_agree_whatever_their_names_do_not_differ(spark: SparkSession) -> None:
    mine = spark.createDataFrame([("a", "c1"), ("b", "c1"), ("d", "c2")],
                                 "identifier_key string, customer_id string")  # fmt: skip
    theirs = spark.createDataFrame([("a", 7), ("b", 7), ("d", 9)],
                                   "identifier_key string, component long")  # fmt: skip
    assert differing_identifiers(mine, theirs).isEmpty()
    for other in ([("a", 7), ("b", 8), ("d", 9)], [("a", 7), ("b", 7), ("d", 7)],
                  [("a", 7), ("b", 7)], [("a", 7), ("b", 7), ("d", 9), ("x", 1)]):  # fmt: skip
        rows = spark.createDataFrame(other, theirs.schema)
        assert not differing_identifiers(mine, rows).isEmpty()


def test_customers_that_are_the_components_of_their_evidence_break_no_invariant(
    spark: SparkSession,
) -> None:
    right = stored(spark, {"u1": "c1", "e1": "c1", "u2": "c2"}, "e1 u1")
    assert broken(component_violations(right, SETTINGS)) == {}
    assert broken(limit_violations(right, SETTINGS, None)) == {}
    wrong = stored(spark, {"u1": "c1", "e1": "c2", "u2": "c2"}, "e1 u1")
    assert broken(component_violations(wrong, SETTINGS)) == {
        "customers are the components of live evidence": 3
    }


def test_two_of_a_unique_kind_or_two_owners_at_a_time_break_an_invariant(
    spark: SparkSession,
) -> None:
    two = stored(spark, {"u1": "c1", "u2": "c1"})
    assert broken(limit_violations(two, SETTINGS, None)) == {"no customer breaks a limit": 1}
    one = stored(spark, {"e1": "c1"})
    links = one.links.unionByName(
        sample(spark, LINK, {"identifier_key": "e1", "customer_id": "c2"})
    )
    both = StoredIdentity(one.identifiers, one.edges, one.ownership, links)
    assert broken(limit_violations(both, SETTINGS, None)) == {
        "an identifier has one customer at a time": 1
    }
