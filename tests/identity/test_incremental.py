"""Edges come and go in any batches: what is told of a change is what a rebuild finds."""

from dataclasses import dataclass, field
from random import Random

from pyspark.sql import DataFrame, SparkSession

from cdp_spark.identity.incremental import EdgeChange, components_after
from cdp_spark.identity.settings import MergeSettings
from tests.identity.graphs import Pairs, by_scipy, chain, frame, told, union

_EXAMPLES = 120
_NODES = 36
_BATCHES = 5

Edges = set[tuple[int, int]]


@dataclass
class History:
    """Batches of edges added and removed; removed are such as were there."""

    batches: list[tuple[Edges, Edges]] = field(default_factory=list)


def _drawn(draw: Random) -> History:
    history, live = History(), set[tuple[int, int]]()
    for _ in range(_BATCHES):
        ends = range(draw.randint(0, 14))
        added = {(draw.randrange(_NODES), draw.randrange(_NODES)) for _ in ends} - live
        most = min(len(live), draw.randint(0, 8))
        removed = set(draw.sample(sorted(live), most))
        live = (live | added) - removed
        history.batches.append((added, removed))
    return history


def _after(known: dict[int, int], found: DataFrame) -> dict[int, int]:
    return known | told(found)


def _without_alone(components: dict[int, int]) -> dict[int, int]:
    shared = set(_many(components))
    return {node: name for node, name in components.items() if name in shared}


def _many(components: dict[int, int]) -> list[int]:
    names = list(components.values())
    return [name for name in set(names) if names.count(name) > 1]


def _rebuilt(pairs: Pairs) -> dict[int, int]:
    return by_scipy(pairs) if pairs else {}


def test_any_batches_of_added_and_removed_edges_give_what_a_rebuild_gives(
    spark: SparkSession,
) -> None:
    draw = Random(11)  # noqa: S311 - a seed, not a secret
    histories = [_drawn(draw) for _ in range(_EXAMPLES)]
    live: list[Edges] = [set() for _ in histories]
    known: dict[int, int] = {}
    for number in range(_BATCHES):
        batches = [history.batches[number] for history in histories]
        live = [(edges | added) - gone for edges, (added, gone) in zip(live, batches, strict=True)]
        added, removed = (union([sorted(one[place]) for one in batches]) for place in (0, 1))
        left = union([sorted(edges) for edges in live])
        change = EdgeChange(*(frame(spark, pairs, parts=2) for pairs in (added, removed, left)))
        before = spark.createDataFrame(list(known.items()), "id bigint, component bigint")
        known = _after(known, components_after(before, change, MergeSettings()))
        assert _without_alone(known) == _without_alone(_rebuilt(left)), f"batch {number}"
    assert len(_many(known)) > _EXAMPLES


def test_only_what_an_edge_touches_is_told(spark: SparkSession) -> None:
    first, second, third = chain(4), [(10, 11), (11, 12)], [(20, 21)]
    before = [(node, min(pair[0] for pair in part)) for part in (first, second, third)
              for node in {end for pair in part for end in pair}]  # fmt: skip
    change = EdgeChange(
        frame(spark, [(12, 30)]),
        frame(spark, [(1, 2)]),
        frame(spark, [(0, 1), (2, 3), (3, 4), *second, *third, (12, 30)]),
    )
    known = spark.createDataFrame(before, "id bigint, component bigint")
    found = told(components_after(known, change, MergeSettings()))
    assert found == {0: 0, 1: 0, 2: 2, 3: 2, 4: 2, 30: 10}


def test_two_components_that_an_edge_joins_go_by_the_smaller_name(spark: SparkSession) -> None:
    known = spark.createDataFrame([(1, 1), (2, 1), (5, 5), (6, 5)], "id bigint, component bigint")
    nothing = frame(spark, [])
    live = frame(spark, [(1, 2), (5, 6), (2, 6)])
    change = EdgeChange(frame(spark, [(2, 6)]), nothing, live)
    assert told(components_after(known, change, MergeSettings())) == {5: 1, 6: 1}


def test_the_edge_that_went_and_came_again_changes_nothing(spark: SparkSession) -> None:
    known = spark.createDataFrame([(1, 1), (2, 1)], "id bigint, component bigint")
    edge = frame(spark, [(1, 2)])
    found = told(components_after(known, EdgeChange(edge, edge, edge), MergeSettings()))
    assert found == {1: 1, 2: 1}
