import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity import components_of, oversized_components
from cdp_spark.identity.clusters import components
from cdp_spark.identity.clusters.components import ComponentsWrong, component_labels
from cdp_spark.identity.settings import MergeSettings
from cdp_spark.tables.identity import EDGE, IDENTIFIER
from cdp_spark.tables.sample import sample
from tests.identity.evidence.test_edges import KINDS
from tests.identity.graphs import (
    by_scipy,
    chain,
    clique,
    component_by_id,
    frame,
    hubs,
    random_graphs,
    star,
    union,
)

MERGE = MergeSettings()
Pairs = list[tuple[str, str]]


def graph(
    spark: SparkSession, keys: list[str], pairs: Pairs, blocked: tuple[str, ...] = ()
) -> tuple[DataFrame, DataFrame]:
    nodes = [
        {
            "identifier_key": key,
            "kind": KINDS[key[0]],
            "role": "generic" if key in blocked else "own",
        }
        for key in keys
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


def clusters(found: DataFrame) -> set[frozenset[str]]:
    rows = found.groupBy("component").agg(F.collect_set("identifier_key").alias("keys")).collect()
    return {frozenset(row["keys"]) for row in rows}


def test_live_edges_join_own_identifiers_and_cut_ones_do_not(spark: SparkSession) -> None:
    nodes, edges = graph(
        spark, ["u1", "e1", "a1", "u2", "a9"], [("e1", "u1"), ("a1", "e1"), ("a9", "u1")], ("a9",)
    )
    found = clusters(components_of(nodes, edges, MERGE))
    assert found == {frozenset({"u1", "e1", "a1"}), frozenset({"u2"})}


def test_every_engine_agrees_with_scipy(spark: SparkSession) -> None:
    shapes = [chain(300), star(200), hubs(3, 40), clique(12), [(1, 1)], [(1, 2), (1, 2), (2, 1)]]
    pairs = union([*random_graphs(200, seed=5), *shapes])
    edges = frame(spark, pairs)
    wanted = by_scipy([(left, right) for left, right in pairs if left != right])
    for engine in ("auto", "driver", "contraction", "graphframes"):
        merge = MergeSettings(engine=engine, driver_edges=50 if engine == "contraction" else 9_999)
        assert component_by_id(component_labels(edges, merge)) == wanted, engine


def test_auto_contracts_what_is_more_than_the_driver_takes(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge_counts = []

    def contracted(edges: DataFrame, driver_edges: int, _: object) -> DataFrame:
        edge_counts.append(driver_edges)
        return edges

    monkeypatch.setattr(components, "contracted_components", contracted)
    edges = frame(spark, union([chain(4)]))
    component_labels(edges, MergeSettings(driver_edges=4))
    assert edge_counts == []
    component_labels(edges, MergeSettings(driver_edges=3))
    assert edge_counts == [3]


def test_wrong_components_of_an_engine_are_an_error(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes, edges = graph(spark, ["u1", "e1"], [("e1", "u1")])

    def torn(edges: DataFrame, *_: object) -> DataFrame:
        return edges.select(F.col("src").alias("id"), F.col("src").alias("component"))

    monkeypatch.setattr(components, "component_labels", torn)
    with pytest.raises(ComponentsWrong, match="1 edges have their ends in two components"):
        components_of(nodes, edges, MERGE)

    def doubled(edges: DataFrame, *_: object) -> DataFrame:
        once = torn(edges)
        return once.union(once)

    monkeypatch.setattr(components, "component_labels", doubled)
    with pytest.raises(ComponentsWrong, match="differ"):
        components_of(nodes, edges, MERGE)


def test_a_component_above_the_limit_is_found(spark: SparkSession) -> None:
    pairs = [("a1", "a2"), ("a2", "a3"), ("a3", "a4")]
    nodes, edges = graph(spark, ["a1", "a2", "a3", "a4", "u1"], pairs)
    found = oversized_components(components_of(nodes, edges, MERGE), 3).collect()
    assert [row.identifier_count for row in found] == [4]
