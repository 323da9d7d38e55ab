from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity.evidence.graph import graph_of, graphframes_components
from tests.identity.clusters.test_components import graph
from tests.identity.graphs import by_scipy, chain, component_by_id, frame, random_graphs, union


def test_motifs_of_the_graph_have_the_columns_of_both_tables(
    spark: SparkSession,
) -> None:
    pairs = [("e1", "u1"), ("e1", "u2"), ("a9", "u1")]
    nodes, edges = graph(spark, ["u1", "e1", "u2", "a9"], pairs, blocked=("a9",))
    found = graph_of(nodes, edges).filterEdges("state = 'live'")
    shared = found.find("(mail)-[one]->(person); (mail)-[other]->(another)").where(
        F.col("person.id") < F.col("another.id")
    )
    rows = shared.select("mail.kind", "person.id", F.col("another.id").alias("other")).collect()
    assert [tuple(row) for row in rows] == [("email", "u1", "u2")]


def test_the_component_is_the_smallest_id(spark: SparkSession) -> None:
    pairs = union([*random_graphs(5, seed=8), chain(6)])
    assert component_by_id(graphframes_components(frame(spark, pairs), 1_000_000)) == by_scipy(
        pairs
    )
