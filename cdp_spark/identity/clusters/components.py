"""Connected components of the identity graph: one function, three engines, every answer checked."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.contraction import Materialize, contracted_components
from cdp_spark.identity.clusters.driver import driver_components
from cdp_spark.identity.evidence.graph import graphframes_components
from cdp_spark.identity.settings import MergeSettings
from cdp_spark.identity.states import LIVE, OWN


class ComponentsWrong(Exception):
    """The engine's answer contradicts the graph it was given."""


def checkpointed(_: str, rows: DataFrame) -> DataFrame:
    """The rows computed once, below the session's checkpoint folder."""
    return rows.checkpoint()


def components_of(
    identifiers: DataFrame,
    edges: DataFrame,
    merge: MergeSettings,
    materialize: Materialize = checkpointed,
) -> DataFrame:
    """identifier_key, kind and component of every identifier with the role own.

    Components are those of the live edges. Engines work on 64-bit hashes of the keys.
    `materialize(name, rows)` computes rows once.

    Raises:
        ComponentsWrong: two identifiers have one hash, an identifier is missing, or the ends of an
            edge are in two components.
    """
    vertices = identifiers.where(F.col("role") == OWN).select(
        F.xxhash64("identifier_key").alias("id"), "identifier_key", "kind"
    )
    live = edges.where(F.col("state") == LIVE).select(
        F.xxhash64("left_key").alias("src"), F.xxhash64("right_key").alias("dst")
    )
    live = materialize("component_edges", live)
    labels = vertices.join(component_labels(live, merge, materialize), on="id", how="left_outer")
    found = materialize("components", labels.withColumn("component", F.coalesce("component", "id")))
    check_components(vertices, live, found)
    return found.select("identifier_key", "kind", "component")


def component_labels(
    edges: DataFrame, merge: MergeSettings, materialize: Materialize = checkpointed
) -> DataFrame:
    """Id and component of every id that an edge connects to another, by the chosen engine.

    `edges` has `src` and `dst`, 64-bit numbers. The smallest id names a component, whatever the
    engine. `auto` takes up to `merge.driver_edges` edges to the driver, and contracts more.
    """
    edges = edges.where(F.col("src") != F.col("dst"))
    if merge.engine == "graphframes":
        return graphframes_components(edges, merge.broadcast_threshold)
    is_small = merge.engine == "auto" and edges.count() <= merge.driver_edges
    if is_small or merge.engine == "driver":
        return driver_components(edges)
    return contracted_components(edges, merge.driver_edges, materialize)


def oversized_components(clusters: DataFrame, most: int) -> DataFrame:
    """Groups of more than `most` identifiers, largest first: component and identifier_count."""
    sizes = clusters.groupBy("component").agg(F.count("*").alias("identifier_count"))
    is_over = F.col("identifier_count") > most
    return sizes.where(is_over).orderBy(F.desc("identifier_count"))


def check_components(vertices: DataFrame, edges: DataFrame, found: DataFrame) -> None:
    """Check an answer: `id` and component of every vertex once, and no edge between components.

    Raises:
        ComponentsWrong: the answer is not one of this graph.
    """
    sizes = found.agg(F.count("*").alias("rows"), F.count_distinct("id").alias("ids"))
    given = vertices.agg(F.count("*").alias("given"))
    totals = sizes.crossJoin(given).first()
    if totals is None or not totals["rows"] == totals["ids"] == totals["given"]:
        raise ComponentsWrong(
            f"merge.engine: wrong components: identifiers, returned rows and distinct ids "
            f"differ ({totals}); choose another engine"
        )
    ends = [found.select(F.col("id").alias(end), F.col("component").alias(f"{end}_component"))
            for end in ("src", "dst")]  # fmt: skip
    split = edges.join(ends[0], on="src", how="left_outer").join(
        ends[1], on="dst", how="left_outer"
    )
    is_split = ~F.col("src_component").eqNullSafe(F.col("dst_component"))
    if count := split.where(is_split | F.col("src_component").isNull()).count():
        raise ComponentsWrong(
            f"merge.engine: wrong components: {count} edges have their ends in two components; "
            "choose another engine"
        )
