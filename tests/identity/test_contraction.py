from math import log2

import pytest
from pyspark.sql import DataFrame, SparkSession

from cdp_spark.identity import contraction
from cdp_spark.identity.contraction import NotContracted, contracted_components
from tests.identity.graphs import by_scipy, chain, frame, hubs, told, union


class Kept:
    """Keeps rows by checkpoint and remembers their names."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, name: str, rows: DataFrame) -> DataFrame:
        self.names.append(name)
        return rows.checkpoint()

    @property
    def rounds(self) -> int:
        return sum("parents" in name for name in self.names)


def test_hubs_take_their_neighbours_in_one_round(spark: SparkSession) -> None:
    pairs, keep = union([hubs(4, 200)]), Kept()
    # Shuffled so that no partition holds a hub with all it is tied to.
    edges = frame(spark, pairs, parts=4)
    found = told(contracted_components(edges, 60, keep))
    assert found == by_scipy(pairs)
    assert keep.rounds == 1


def test_a_chain_takes_no_more_rounds_than_twice_its_length_s_logarithm(
    spark: SparkSession,
) -> None:
    pairs, keep = union([chain(100)]), Kept()
    found = told(contracted_components(frame(spark, pairs, parts=4), 0, keep))
    assert found == by_scipy(pairs)
    assert 1 < keep.rounds <= 2 * log2(100) + 4


def test_few_edges_go_to_the_driver_at_once(spark: SparkSession) -> None:
    pairs, keep = union([chain(5)]), Kept()
    assert told(contracted_components(frame(spark, pairs), 5, keep)) == by_scipy(pairs)
    assert keep.rounds == 0


def test_a_graph_that_does_not_shrink_is_given_up(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contraction, "_MOST_ROUNDS", 0)
    with pytest.raises(NotContracted, match="more than 0 edges after 0 rounds"):
        contracted_components(frame(spark, union([chain(3)])), 0, Kept())
