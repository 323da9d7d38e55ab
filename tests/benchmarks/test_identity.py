# ruff: noqa: S608 - every query is our own text
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.benchmarks.identity import main, partition
from tests.benchmarks.identity_peers import scipy_groups
from tests.benchmarks.measure import Disagreement, agree, query_counts

_ROWS = 600


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("identity")


@pytest.fixture(scope="module")
def figures(run_benchmark: Callable[..., dict[str, Any]], scratch: Path) -> dict[str, Any]:
    return run_benchmark(main, _ROWS, scratch)


def test_the_last_line_is_one_json_object_with_the_parts_and_scipy(figures: dict[str, Any]) -> None:
    assert (figures["benchmark"], figures["rows"]) == ("identity", _ROWS)
    parts = {"roles", "edges", "ours", "assigned"}
    assert set(figures["seconds"]) == {"start", *parts, "scipy"}
    assert set(figures["ratios"]) == {"scipy"}
    assert 10 < figures["groups"] < figures["identifiers"]


def test_the_sightings_hold_shared_screens(figures: dict[str, Any], scratch: Path) -> None:
    identifiers = f"'{scratch}/identifiers/*.parquet'"
    found = query_counts(f"SELECT count(*) AS blocked FROM {identifiers} WHERE role = 'shared'")
    assert 0 < found["blocked"] < figures["identifiers"] // 10


def test_a_peer_that_misses_the_edges_of_one_identifier_disagrees(
    figures: dict[str, Any], scratch: Path, tmp_path: Path
) -> None:
    assert figures["groups"]
    edges = f"'{scratch}/edges/*.parquet'"
    one = f"(SELECT min(right_key) FROM {edges} WHERE state = 'live')"
    cut = f"left_key = {one} OR right_key = {one}"
    (tmp_path / "edges").mkdir()
    duckdb.execute(
        f"COPY (SELECT * FROM {edges} WHERE NOT ({cut})) TO '{tmp_path}/edges/all.parquet'"
    )
    scipy_groups(scratch / "identifiers", tmp_path / "edges", tmp_path / "out.parquet")
    with pytest.raises(Disagreement):
        agree({
            "ours": partition(f"{scratch}/groups/*.parquet"),
            "scipy": partition(f"{tmp_path}/out.parquet"),
        })  # fmt: skip


def test_as_many_groups_of_other_members_disagree(tmp_path: Path) -> None:
    for name, groups in {"ours": (1, 1, 2, 2), "theirs": (1, 2, 1, 2)}.items():
        rows = ", ".join(f"('k{n}', {group})" for n, group in enumerate(groups))
        values = f"(VALUES {rows}) t(identifier_key, component)"
        duckdb.execute(f"COPY (SELECT * FROM {values}) TO '{tmp_path}/{name}.parquet'")
    answers = {name: partition(f"{tmp_path}/{name}.parquet") for name in ("ours", "theirs")}
    assert answers["ours"].counts == answers["theirs"].counts
    with pytest.raises(Disagreement):
        agree(answers)
