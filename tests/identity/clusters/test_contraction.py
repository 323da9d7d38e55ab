from math import log2

import pytest
from pyspark.sql import DataFrame, SparkSession

from cdp_spark.identity.clusters import contraction
from cdp_spark.identity.clusters.contraction import NotContracted, contracted_components
from tests.identity.graphs import by_scipy, chain, component_by_id, frame, hubs, union


class Kept:
    """Materializes rows by checkpoint and remembers their names."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, name: str, rows: DataFrame) -> DataFrame:
        self.names.append(name)
        return rows.checkpoint()

    @property
    def rounds(self) -> int:
        return sum("parents" in name for name in self.names)


def test_hubs_take_their_neighbours_in_one_round(spark: SparkSession) -> None:
    pairs, materialize = union([hubs(4, 200)]), Kept()
    # Shuffled so that no partition holds a hub with all its neighbours.
    edges = frame(spark, pairs, parts=4)
    found = component_by_id(contracted_components(edges, 60, materialize))
    assert found == by_scipy(pairs)
    assert materialize.rounds == 1


def test_a_chain_takes_no_more_rounds_than_twice_its_length_s_logarithm(
    spark: SparkSession,
) -> None:
    pairs, materialize = union([chain(100)]), Kept()
    found = component_by_id(contracted_components(frame(spark, pairs, parts=4), 0, materialize))
    assert found == by_scipy(pairs)
    assert 1 < materialize.rounds <= 2 * log2(100) + 4


def test_few_edges_go_to_the_driver_at_once(spark: SparkSession) -> None:
    pairs, materialize = union([chain(5)]), Kept()
    assert component_by_id(contracted_components(frame(spark, pairs), 5, materialize)) == by_scipy(
        pairs
    )
    assert materialize.rounds == 0


def test_a_graph_that_does_not_shrink_is_an_error(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contraction, "_MOST_ROUNDS", 0)
    with pytest.raises(NotContracted, match="more than 0 edges are left after 0 rounds"):
        contracted_components(frame(spark, union([chain(3)])), 0, Kept())
