# ruff: noqa: S608 - every query is our own text
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.benchmarks.keys import answer, main
from tests.benchmarks.keys_peers import duckdb_keys, polars_keys
from tests.benchmarks.measure import Disagreement, agree

_ROWS = 2000


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def figures(run_benchmark: Callable[..., dict[str, Any]], scratch: Path) -> dict[str, Any]:
    return run_benchmark(main, _ROWS, scratch)


def test_the_last_line_is_one_json_object_with_what_a_batch_costs(figures: dict[str, Any]) -> None:
    assert (figures["benchmark"], figures["rows"]) == ("keys", _ROWS)
    assert set(figures["seconds"]) == {"start", "ours", "again", "append", "duckdb", "polars"}
    assert set(figures["ratios"]) == {"duckdb", "polars"}
    # Of a hundred records of the batch three are stored and one occurs twice in it.
    assert (figures["stored"], figures["twice"]) == (_ROWS * 3 // 100, _ROWS // 100)


@pytest.mark.usefixtures("figures")
@pytest.mark.parametrize("peer", [duckdb_keys, polars_keys])
def test_a_peer_that_saw_a_stored_key_less_disagrees(
    scratch: Path, tmp_path: Path, peer: Callable[[list[str], Path, Path], None]
) -> None:
    found = f"'{scratch}/ours/*.parquet'"
    stored = f"SELECT key_hash, stored_on AS event_on FROM {found} WHERE stored_on IS NOT NULL"
    for name, query in {"all": stored, "less": f"{stored} ORDER BY key_hash OFFSET 1"}.items():
        duckdb.execute(f"COPY ({query}) TO '{tmp_path}/{name}.parquet'")
        peer([f"{tmp_path}/{name}.parquet"], scratch / "batch", tmp_path / f"{name}-out")
    agree({"ours": answer(scratch / "ours"), "peer": answer(tmp_path / "all-out")})
    with pytest.raises(Disagreement):
        agree({"ours": answer(scratch / "ours"), "peer": answer(tmp_path / "less-out")})
