from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.cuts import cut_edges
from cdp_spark.identity.clusters.limited import with_limit_states, with_shared_roles
from cdp_spark.identity.clusters.limits import broken_limits, limit_labels
from cdp_spark.tables.identity import IDENTIFIER
from cdp_spark.tables.sample import sample
from tests.identity.clusters.test_limits import UNIQUE, clusters, evidence
from tests.identity.evidence.test_edges import KINDS


def test_an_identifier_that_changed_hands_is_shared_and_its_edges_are_timed(
    spark: SparkSession,
) -> None:
    known = {("e1", "u1"): 0.9, ("e1", "u2"): 0.8, ("a1", "e1"): 0.7, ("u8", "u9"): 0.5}
    edges = evidence(spark, known)
    keys = sorted({key for pair in known for key in pair})
    nodes = sample(
        spark,
        IDENTIFIER,
        *[{"identifier_key": key, "kind": KINDS[key[0]], "role": "own"} for key in keys],
    )
    cut = spark.createDataFrame(
        [("e1", "u2", "unique"), ("u8", "u9", "unique")],
        "left_key string, right_key string, constraint string",
    )
    found = with_shared_roles(nodes, edges, cut, UNIQUE)
    roles = {row.identifier_key: row.role for row in found.collect()}
    assert {key for key, role in roles.items() if role == "shared"} == {"e1"}
    states = {(row.left_key, row.right_key): row.state
              for row in with_limit_states(edges, found, cut).collect()}  # fmt: skip
    assert states == {
        ("e1", "u1"): "timed",
        ("e1", "u2"): "timed",
        ("a1", "e1"): "timed",
        ("u8", "u9"): "cut",
    }


def test_a_steward_s_edge_stays_whatever_the_evidence_against_it(spark: SparkSession) -> None:
    known = {("e1", "u1"): 0.9, ("e1", "u2"): 0.9999999}
    unmarked = evidence(spark, known)
    edges = unmarked.withColumn(
        "source", F.when(F.col("right_key") == "u1", "steward").otherwise("x")
    )
    found = clusters(spark, "u1 e1 u2")
    labels = limit_labels(found, sample(spark, IDENTIFIER), UNIQUE, None)
    cut = cut_edges(found, broken_limits(labels), edges, labels)
    assert [(row.left_key, row.right_key) for row in cut.collect()] == [("e1", "u2")]
    nodes = sample(
        spark,
        IDENTIFIER,
        *[
            {"identifier_key": key, "kind": KINDS[key[0]], "role": "own"}
            for key in ("e1", "u1", "u2")
        ],
    )
    kept = with_shared_roles(nodes, edges, cut, UNIQUE)
    assert {row.role for row in kept.collect()} == {"own"}
    states = {row.right_key: row.state for row in with_limit_states(edges, kept, cut).collect()}
    assert states == {"u1": "live", "u2": "cut"}


def test_a_device_that_is_generic_when_shared_joins_no_customers(spark: SparkSession) -> None:
    generic = tuple(rule.model_copy(update={"shared_device": "generic"}) for rule in UNIQUE)
    edges = evidence(spark, {("a1", "u1"): 0.9, ("a1", "u2"): 0.8})
    nodes = sample(
        spark,
        IDENTIFIER,
        *[
            {"identifier_key": key, "kind": KINDS[key[0]], "role": "own"}
            for key in ("a1", "u1", "u2")
        ],
    )
    cut = spark.createDataFrame(
        [("a1", "u2", "unique")], "left_key string, right_key string, constraint string"
    )
    moved = with_shared_roles(nodes, edges, cut, generic)
    assert {row.identifier_key for row in moved.collect() if row.role == "generic"} == {"a1"}
    assert {row.state for row in with_limit_states(edges, moved, cut).collect()} == {"cut"}
