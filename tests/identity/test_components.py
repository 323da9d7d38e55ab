import pytest
from graphframes import GraphFrame
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cdp_spark.identity import IdentitySettings, components_of, oversized
from cdp_spark.identity.components import ComponentsWrong
from cdp_spark.identity.settings import MergeSettings
from cdp_spark.tables.identity import EDGE, IDENTIFIER
from cdp_spark.tables.sample import sample
from tests.identity.test_evidence import KINDS, RULES

SETTINGS = IdentitySettings(identifiers=RULES, merge=MergeSettings(largest_cluster=3))
Pairs = list[tuple[str, str]]


def graph(
    spark: SparkSession, keys: list[str], pairs: Pairs, blocked: tuple[str, ...] = ()
) -> tuple[DataFrame, DataFrame]:
    nodes = [
        {"identifier_key": key, "kind": KINDS[key[0]], "is_blocked": key in blocked} for key in keys
    ]
    edges = [
        {
            "left_key": left,
            "right_key": right,
            "state": "cut" if {left, right} & set(blocked) else "live",
        }
        for left, right in pairs
    ]
    found = sample(spark, EDGE, *edges) if edges else spark.createDataFrame([], EDGE.schema)
    return sample(spark, IDENTIFIER, *nodes), found


def groups(found: DataFrame) -> set[frozenset[str]]:
    rows = found.groupBy("component").agg(F.collect_set("identifier_key").alias("keys")).collect()
    return {frozenset(row["keys"]) for row in rows}


def test_live_edges_join_and_cut_ones_do_not(spark: SparkSession) -> None:
    nodes, edges = graph(
        spark, ["u1", "e1", "a1", "u2", "a9"], [("e1", "u1"), ("a1", "e1"), ("a9", "u1")], ("a9",)
    )
    found = groups(components_of(nodes, edges, SETTINGS))
    assert found == {frozenset({"u1", "e1", "a1"}), frozenset({"u2"}), frozenset({"a9"})}


def test_a_shared_email_is_nobodys_but_a_shared_device_is_an_unknown_customers(
    spark: SparkSession,
) -> None:
    nodes, edges = graph(spark, ["u1", "e1", "a1"], [("e1", "u1"), ("a1", "u1")], ("e1", "a1"))
    assert groups(components_of(nodes, edges, SETTINGS)) == {frozenset({"u1"}), frozenset({"a1"})}


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pairs=st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=40))
def test_components_are_those_of_scipy(spark: SparkSession, pairs: list[tuple[int, int]]) -> None:
    names = [f"u{number:02}" for number in range(30)]
    nodes, edges = graph(spark, names, [(names[a], names[b]) for a, b in set(pairs)])
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    matrix = coo_matrix(([1] * len(pairs), (left, right)), shape=(30, 30))
    count, labels = connected_components(matrix, directed=False)
    wanted = {
        frozenset(name for name, label in zip(names, labels, strict=True) if label == one)
        for one in range(count)
    }
    assert groups(components_of(nodes, edges, SETTINGS)) == wanted


def test_an_engine_that_answers_wrongly_is_caught(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes, edges = graph(spark, ["u1", "e1"], [("e1", "u1")])

    def torn(graph: GraphFrame, **_: int) -> DataFrame:
        rows: DataFrame = graph.vertices.withColumn("component", F.col("id"))
        return rows

    monkeypatch.setattr(GraphFrame, "connectedComponents", torn)
    with pytest.raises(ComponentsWrong, match="1 edges have their ends in two components"):
        components_of(nodes, edges, SETTINGS)

    def short(graph: GraphFrame, **_: int) -> DataFrame:
        rows: DataFrame = graph.vertices.limit(1).withColumn("component", F.lit(1))
        return rows

    monkeypatch.setattr(GraphFrame, "connectedComponents", short)
    with pytest.raises(ComponentsWrong, match="differ"):
        components_of(nodes, edges, SETTINGS)


def test_a_group_above_the_gate_is_named(spark: SparkSession) -> None:
    pairs = [("a1", "a2"), ("a2", "a3"), ("a3", "a4")]
    nodes, edges = graph(spark, ["a1", "a2", "a3", "a4", "u1"], pairs)
    found = oversized(components_of(nodes, edges, SETTINGS), SETTINGS).collect()
    assert [row.identifier_count for row in found] == [4]
