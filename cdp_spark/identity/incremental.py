"""Components after a change of edges, at the cost of the components that the change touches.

A component that loses an edge may fall apart: its identifiers are looked at one by one again, with
all their edges. Every other component that an edge touches takes part as one node under its own
name, so an insertion costs as much as the edges inserted. Since a component goes by its smallest
id, what comes out is what a rebuild names.
"""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.components import checkpointed, found_components
from cdp_spark.identity.contraction import Keep
from cdp_spark.identity.settings import MergeSettings


@dataclass(frozen=True)
class EdgeChange:
    """Edges `src`, `dst` that came, those that went, and all that are there afterwards.

    An edge that counts less now than it needs to went; one that counts enough now came.
    """

    added: DataFrame
    removed: DataFrame
    live: DataFrame


def components_after(
    known: DataFrame, change: EdgeChange, merge: MergeSettings, keep: Keep = checkpointed
) -> DataFrame:
    """Id and component of every id whose component may be another one than before.

    `known` has id and component of before; an id that it does not have was alone. Ids left alone
    are told as components of their own. What is not told is as it was.
    """
    broken = known.join(_ends(change.removed), on="id", how="left_semi").select("component")
    broken = keep("incremental_broken", broken.distinct())
    loose = known.join(broken, on="component", how="left_semi").select("id")
    loose = keep("incremental_loose", loose)
    edges = keep("incremental_edges", _touching(change, loose))
    names = keep("incremental_names", _names(_ends(edges), known, broken))
    labels = found_components(_named(edges, names), merge, keep)
    labels = keep("incremental_labels", labels)
    return _alone_or_labelled(loose, names, labels).unionByName(_renamed(known, broken, labels))


def _ends(edges: DataFrame) -> DataFrame:
    ends = edges.select(F.col("src").alias("id")).union(edges.select("dst"))
    return ends.distinct()


def _touching(change: EdgeChange, loose: DataFrame) -> DataFrame:
    """Edges that came, and those that are there of ids whose component lost one.

    Of these both ends are such ids: edges out of the component of before are edges that came.
    """
    inside = change.live.join(loose.withColumnRenamed("id", "src"), on="src", how="left_semi")
    return change.added.select("src", "dst").unionByName(inside.select("src", "dst")).distinct()


def _names(ends: DataFrame, known: DataFrame, broken: DataFrame) -> DataFrame:
    """Id and name: the component of before where it is whole, else the id itself."""
    whole = known.join(broken, on="component", how="left_anti")
    named = ends.join(whole, on="id", how="left_outer")
    return named.select(
        "id", F.coalesce("component", "id").alias("name"), F.col("component").isNull().alias("own")
    )


def _named(edges: DataFrame, names: DataFrame) -> DataFrame:
    """The edges between names."""
    ends = [names.select(F.col("id").alias(end), F.col("name").alias(f"{end}_name"))
            for end in ("src", "dst")]  # fmt: skip
    both = edges.join(ends[0], on="src", how="inner").join(ends[1], on="dst", how="inner")
    return both.select(F.col("src_name").alias("src"), F.col("dst_name").alias("dst"))


def _alone_or_labelled(loose: DataFrame, names: DataFrame, labels: DataFrame) -> DataFrame:
    """Ids that came or whose component lost an edge: their new component, or themselves."""
    own = loose.unionByName(names.where("own").select("id")).distinct()
    told = own.join(labels, on="id", how="left_outer")
    return told.select("id", F.coalesce("component", "id").alias("component"))


def _renamed(known: DataFrame, broken: DataFrame, labels: DataFrame) -> DataFrame:
    """Ids of whole components that are part of one with another name now."""
    moved = labels.where(F.col("id") != F.col("component")).select(
        F.col("id").alias("component"), F.col("component").alias("now")
    )
    whole = known.join(broken, on="component", how="left_anti")
    return whole.join(moved, on="component", how="inner").select(
        "id", F.col("now").alias("component")
    )
