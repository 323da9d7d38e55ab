"""The identity graph as a GraphFrame: the only module that uses GraphFrames."""

from graphframes import GraphFrame
from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def graph_of(identifiers: DataFrame, edges: DataFrame) -> GraphFrame:
    """The identity graph with all columns of identity.identifier and identity.edge.

    The `id` of a vertex is its identifier_key; edges lead from `src`, the left key, to `dst`. Cut
    edges are included: `graph_of(i, e).filterEdges("state = 'live'")` leaves them out.
    """
    vertices = identifiers.select(F.col("identifier_key").alias("id"), *identifiers.columns)
    ends = F.col("left_key").alias("src"), F.col("right_key").alias("dst")
    return GraphFrame(vertices, edges.select(*ends, *edges.columns))


def graphframes_components(edges: DataFrame, broadcast_threshold: int) -> DataFrame:
    """Id and component of every id at an end of an edge; component is the smallest id in it.

    Vertices and edges are checkpointed, and ids are numbers, because recomputing them in the middle
    of a run gave wrong components (graphframes#453).
    """
    ties = edges.select("src", "dst").checkpoint()
    ends = ties.select(F.col("src").alias("id")).union(ties.select(F.col("dst").alias("id")))
    graph = GraphFrame(ends.distinct().checkpoint(), ties)
    found: DataFrame = graph.connectedComponents(broadcastThreshold=broadcast_threshold)
    smallest = found.groupBy("component").agg(F.min("id").alias("smallest"))
    named = found.join(smallest, on="component", how="inner")
    return named.select("id", F.col("smallest").alias("component"))
