"""Connected components of more edges than one machine holds: contract, then finish on the driver.

In each round every id takes the best of itself and its neighbours as its parent, and edges become
edges between parents; ids that are no parent drop out. Between rounds each partition keeps only a
forest of its edges. In the first round the best is the id with most neighbours, so that a hub takes
all of its neighbours at once; later it is drawn by a hash of id and round (Lacki et al. 2018, local
contractions, arXiv 1807.10727; with drawn ranks alone a hub takes many rounds).
"""

from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.driver import driver_components, forest_of

Materialize = Callable[[str, DataFrame], DataFrame]

_MOST_ROUNDS = 60
_HASH_BITS = 40
_MOST_NEIGHBOURS = 2**22  # more neighbours rank no higher: with the hash they fill 63 bits


def with_suffix(materialize: Materialize, suffix: str) -> Materialize:
    """The same function with a suffix on each name: two calls in a run must not share files."""
    return lambda name, rows: materialize(f"{name}_{suffix}", rows)


class NotContracted(Exception):
    """Too many edges are left after more rounds than any graph needs."""


def contracted_components(
    edges: DataFrame, driver_edges: int, materialize: Materialize
) -> DataFrame:
    """Id and component of every id at an end of an edge; component is the smallest id in it.

    At most `driver_edges` edges come to the driver. `materialize(name, rows)` computes rows once;
    each round uses it for its parents and its edges.

    Raises:
        NotContracted: after 60 rounds more than that are left.
    """
    remaining = materialize("component_edges_0", forest_of(edges))
    rounds: list[DataFrame] = []
    while remaining.count() > driver_edges:
        if len(rounds) == _MOST_ROUNDS:
            raise NotContracted(
                f"merge.driver_edges: more than {driver_edges} edges are left after "
                f"{_MOST_ROUNDS} rounds; raise it or choose another merge.engine"
            )
        number = len(rounds)
        rounds.append(materialize(f"component_parents_{number}", _parents(remaining, number)))
        edges_between = forest_of(_between(remaining, rounds[-1]))
        remaining = materialize(f"component_edges_{number + 1}", edges_between)
    found = driver_components(remaining)
    for parents in reversed(rounds):
        found = _labelled_ids(parents, found)
    return _by_smallest(found) if rounds else found


def _parents(edges: DataFrame, number: int) -> DataFrame:
    """Id and parent: the best of each id and its neighbours."""
    back = edges.select(F.col("dst").alias("src"), F.col("src").alias("dst"))
    both = edges.select("src", "dst").unionByName(back)
    if number == 0:
        neighbours = both.groupBy("dst").agg(F.count("*").alias("neighbours"))
        both = both.join(neighbours, on="dst", how="inner")
    else:
        both = both.withColumn("neighbours", F.lit(0).cast("long"))
    rank = _rank("dst", F.col("neighbours"), number)
    best = both.groupBy("src").agg(
        F.min(rank).alias("best_rank"), F.min_by("dst", rank).alias("best"), F.count("*").alias("n")
    )
    mine = _rank("src", F.col("n") if number == 0 else F.lit(0).cast("long"), number)
    parent = F.when(F.col("best_rank") < mine, F.col("best")).otherwise(F.col("src"))
    return best.select(F.col("src").alias("id"), parent.alias("parent"))


def _rank(name: str, neighbours: Column, number: int) -> Column:
    """The smaller, the better."""
    drawn = F.xxhash64(name, F.lit(number)).bitwiseAND(F.lit(2**_HASH_BITS - 1))
    most = F.least(neighbours, F.lit(_MOST_NEIGHBOURS).cast("long"))
    return drawn - F.shiftleft(most, _HASH_BITS)


def _between(edges: DataFrame, parents: DataFrame) -> DataFrame:
    """The edges between parents."""
    ends = [parents.select(F.col("id").alias(end), F.col("parent").alias(f"{end}_parent"))
            for end in ("src", "dst")]  # fmt: skip
    moved = edges.join(ends[0], on="src", how="inner").join(ends[1], on="dst", how="inner")
    is_between = F.col("src_parent") != F.col("dst_parent")
    return moved.where(is_between).select(
        F.col("src_parent").alias("src"), F.col("dst_parent").alias("dst")
    )


def _labelled_ids(parents: DataFrame, found: DataFrame) -> DataFrame:
    """Id and component of a round's ids, taken from their parents."""
    above = found.select(F.col("id").alias("parent"), "component")
    labelled = parents.join(above, on="parent", how="left_outer")
    # A parent without edges is a component of its own.
    return labelled.select("id", F.coalesce("component", "parent").alias("component"))


def _by_smallest(found: DataFrame) -> DataFrame:
    smallest = found.groupBy("component").agg(F.min("id").alias("smallest"))
    named = found.join(smallest, on="component", how="inner")
    return named.select("id", F.col("smallest").alias("component"))
