from itertools import permutations
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.limits import (
    broken_limits,
    cut_edges,
    limit_labels,
    violating_edges,
    with_limit_states,
    with_shared_roles,
)
from cdp_spark.tables.identity import EDGE, IDENTIFIER
from cdp_spark.tables.sample import sample
from tests.identity.evidence.test_edges import KINDS, RULES

_LABEL = pa.struct(
    {"constraint": pa.string(), "dimension": pa.string(), "value": pa.string(), "most": pa.int64()}
)
_SCHEMA = pa.schema(
    {
        "left_key": pa.string(),
        "right_key": pa.string(),
        "is_decided": pa.bool_(),
        "is_stated": pa.bool_(),
        "confidence": pa.float64(),
        "event_count": pa.int64(),
        "left_labels": pa.list_(_LABEL),
        "right_labels": pa.list_(_LABEL),
    }
)
Ends = tuple[str, str]
Known = dict[Ends, float]  # confidence of each edge
UNIQUE = tuple(rule.model_copy(update={"unique": rule.name == "user_id"}) for rule in RULES)


def evidence(spark: SparkSession, known: Known) -> DataFrame:
    rows = [
        {
            "left_key": left,
            "right_key": right,
            "left_kind": KINDS[left[0]],
            "right_kind": KINDS[right[0]],
            "confidence": sure,
            "state": "live",
        }
        for (left, right), sure in known.items()
    ]
    return sample(spark, EDGE, *rows)


def clusters(spark: SparkSession, *members: str) -> DataFrame:
    rows = [
        (key, KINDS[key[0]], number) for number, one in enumerate(members) for key in one.split()
    ]
    return spark.createDataFrame(rows, "identifier_key string, kind string, component long")


def violating(
    known: Known, order: tuple[Ends, ...], stated: frozenset[Ends] = frozenset()
) -> set[Ends]:
    rows: list[dict[str, Any]] = [
        {
            "left_key": left,
            "right_key": right,
            "is_decided": False,
            "is_stated": (left, right) in stated,
            "confidence": known[left, right],
            "event_count": 1,
        }
        for left, right in order
    ]
    for row in rows:
        for end in ("left", "right"):
            row[f"{end}_labels"] = _labels(row[f"{end}_key"])
    found = violating_edges(pa.Table.from_pylist(rows, schema=_SCHEMA))
    return {(row["left_key"], row["right_key"]) for row in found.to_pylist()}


def _labels(key: str) -> list[dict[str, Any]]:
    if key[0] != "u":
        return []
    return [{"constraint": "unique", "dimension": "kind user_id", "value": key, "most": 1}]


def test_the_weakest_evidence_between_two_users_is_cut_in_whatever_order_it_comes() -> None:
    known = {("e1", "u1"): 0.9, ("e1", "u2"): 0.8, ("a1", "e1"): 0.7, ("a1", "u2"): 0.6}
    for order in permutations(known):
        assert violating(known, order) == {("e1", "u2"), ("a1", "u2")}


def test_ids_that_an_alias_call_names_count_as_one() -> None:
    known = {("u1", "u2"): 0.9, ("u2", "u3"): 0.9, ("e1", "u3"): 0.8, ("e1", "u4"): 0.8}
    stated = frozenset({("u1", "u2"), ("u2", "u3")})
    for order in permutations(known):
        assert violating(known, order, stated) == {("e1", "u4")}
    assert violating(known, tuple(known), frozenset({("u1", "u2")})) == {
        ("u2", "u3"), ("e1", "u4"),
    }  # fmt: skip


def test_evidence_within_a_limit_is_not_cut() -> None:
    known = {("e1", "u1"): 0.9, ("a1", "e1"): 0.8, ("a1", "u1"): 0.7}
    assert violating(known, tuple(known)) == set()


def test_only_components_that_break_a_limit_lose_edges(spark: SparkSession) -> None:
    found = clusters(spark, "u1 e1 u2", "u3 e3")
    labels = limit_labels(found, sample(spark, IDENTIFIER), UNIQUE, None)
    broken = broken_limits(labels)
    assert [row.component for row in broken.collect()] == [0]
    known = {("e1", "u1"): 0.9, ("e1", "u2"): 0.8, ("e3", "u3"): 0.1}
    cut = cut_edges(found, broken, evidence(spark, known), labels).collect()
    assert [(row.left_key, row.right_key) for row in cut] == [("e1", "u2")]


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


def test_a_device_that_is_generic_when_shared_joins_nobody(spark: SparkSession) -> None:
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
