import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from cdp_spark.identity.clusters import driver
from cdp_spark.identity.clusters.driver import (
    components_in,
    driver_components,
    forest_of,
    spanning_stars,
)
from tests.identity.graphs import (
    by_scipy,
    chain,
    clique,
    component_by_id,
    frame,
    random_graphs,
    star,
    union,
)


def test_the_smallest_id_names_a_component() -> None:
    src, dst = np.array([7, -3, 7, 5, 5]), np.array([2, 9, 2, 5, 5])
    ids, component = components_in(src, dst)
    assert dict(zip(ids.tolist(), component.tolist(), strict=True)) == {
        7: 2, 2: 2, -3: -3, 9: -3, 5: 5,
    }  # fmt: skip


def test_an_edge_that_is_given_256_times_is_an_edge() -> None:
    src, dst = np.full(256, 4), np.full(256, 9)
    _, component = components_in(src, dst)
    assert set(component.tolist()) == {4}


def test_no_edges_have_no_components(spark: SparkSession) -> None:
    assert component_by_id(driver_components(frame(spark, []))) == {}
    assert forest_of(frame(spark, [])).count() == 0


def test_a_forest_has_the_components_of_its_edges_in_fewer_edges(spark: SparkSession) -> None:
    pairs = union([*random_graphs(10, seed=3), clique(12), chain(40), star(40)])
    forest = forest_of(frame(spark, pairs, parts=2)).collect()
    found = by_scipy([(row["src"], row["dst"]) for row in forest])
    wanted = by_scipy(pairs)
    alone = {node for node, component in wanted.items() if node == component and node not in found}
    assert found | {node: node for node in alone} == wanted
    assert len(forest) <= 2 * len(wanted) < len(pairs)


def test_a_task_that_reduces_what_it_holds_meanwhile_keeps_the_components(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(driver, "_BUFFERED", 8)
    pairs = union([*random_graphs(20, seed=4), chain(60)])
    table = pa.table({"src": [pair[0] for pair in pairs], "dst": [pair[1] for pair in pairs]})
    never_null = pa.schema([pa.field(name, pa.int64(), nullable=False) for name in ("src", "dst")])
    batches = table.cast(never_null).to_batches(max_chunksize=5)
    stars = pa.Table.from_batches(spanning_stars(iter(batches)))
    found = by_scipy(list(zip(stars["src"].to_pylist(), stars["dst"].to_pylist(), strict=True)))
    wanted = by_scipy(pairs)
    assert found == {node: wanted[node] for node in found}
    assert {node for node in wanted if node not in found} <= set(wanted.values())
