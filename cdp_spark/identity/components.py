"""Connected components of the identity graph: the only door to GraphFrames."""

from graphframes import GraphFrame
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.settings import IdentitySettings


class ComponentsWrong(Exception):
    """The engine's answer contradicts the graph it was given."""


def graph_of(identifiers: DataFrame, edges: DataFrame, devices: list[str]) -> GraphFrame:
    """The identity graph: identifiers that may have a customer, and the live edges.

    Blocked devices stand alone: what happened on them is an unknown customer's.

    Vertices and edges are checkpointed: ids that were computed again in the middle of the run
    gave wrong components (graphframes#453). Ids are 64-bit hashes of the keys.
    """
    has_customer = ~F.col("is_blocked") | F.col("kind").isin(devices)
    vertices = identifiers.where(has_customer).select(
        F.xxhash64("identifier_key").alias("id"), "identifier_key", "kind"
    )
    live = edges.where(F.col("state") == "live").select(
        F.xxhash64("left_key").alias("src"), F.xxhash64("right_key").alias("dst")
    )
    return GraphFrame(vertices.checkpoint(), live.checkpoint())


def components_of(
    identifiers: DataFrame, edges: DataFrame, settings: IdentitySettings
) -> DataFrame:
    """identifier_key, kind and component of every identifier that has a customer.

    Raises:
        ComponentsWrong: two identifiers have one number, an identifier is missing, or the ends of
            an edge are in two components.
    """
    devices = [rule.name for rule in settings.identifiers if rule.is_device]
    graph = graph_of(identifiers, edges, devices)
    found = graph.connectedComponents(broadcastThreshold=settings.merge.broadcast_threshold)
    found = found.select("id", "identifier_key", "kind", "component").checkpoint()
    _check(graph, found)
    groups: DataFrame = found.select("identifier_key", "kind", "component")
    return groups


def oversized(groups: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Groups of more identifiers than the gate allows, largest first: component and size."""
    sizes = groups.groupBy("component").agg(F.count("*").alias("identifier_count"))
    is_over = F.col("identifier_count") > settings.merge.largest_cluster
    return sizes.where(is_over).orderBy(F.desc("identifier_count"))


def _check(graph: GraphFrame, found: DataFrame) -> None:
    sizes = found.agg(F.count("*").alias("rows"), F.count_distinct("id").alias("ids"))
    given = graph.vertices.agg(F.count("*").alias("given"))
    totals = sizes.crossJoin(given).first()
    if totals is None or not totals["rows"] == totals["ids"] == totals["given"]:
        raise ComponentsWrong(f"identifiers given, returned and numbered differ: {totals}")
    ends = [found.select(F.col("id").alias(end), F.col("component").alias(f"{end}_component"))
            for end in ("src", "dst")]  # fmt: skip
    torn = graph.edges.join(ends[0], on="src", how="left_outer").join(
        ends[1], on="dst", how="left_outer"
    )
    is_torn = ~F.col("src_component").eqNullSafe(F.col("dst_component"))
    if count := torn.where(is_torn | F.col("src_component").isNull()).count():
        raise ComponentsWrong(f"{count} edges have their ends in two components")
