# ruff: noqa: S608 - every query is our own text
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pyspark.sql import SparkSession

from tests.benchmarks.measure import Answer, Disagreement, agree, query_counts
from tests.benchmarks.session import main, ours, peers
from tests.benchmarks.session_peers import duckdb_sessions, polars_sessions

_ROWS = 800
_BOUGHT = ("Order Completed",)
# One event of some customer with several; what is done to it must be seen.
_ONE = "event_key = (SELECT min(event_key) FROM '{events}' WHERE products IS NOT NULL)"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("session")


@pytest.fixture(scope="module")
def figures(run_benchmark: Callable[..., dict[str, Any]], scratch: Path) -> dict[str, Any]:
    return run_benchmark(main, _ROWS, scratch)


@pytest.fixture(scope="module")
def answer(spark: SparkSession, figures: dict[str, Any], scratch: Path) -> Answer:
    assert figures["rows"] == _ROWS
    return ours(spark, scratch / "ours")


def test_the_last_line_is_one_json_object_with_ours_and_both_peers(figures: dict[str, Any]) -> None:
    assert (figures["benchmark"], figures["rows"]) == ("session", _ROWS)
    assert set(figures["seconds"]) == {"start", "ours", "duckdb", "polars"}
    assert set(figures["ratios"]) == {"duckdb", "polars"}
    assert figures["cores"] >= 1
    assert figures["peak_mib"] > 100


def test_the_events_hold_silences_of_exactly_the_gap_and_events_of_one_instant(
    scratch: Path, answer: Answer
) -> None:
    events = f"'{scratch}/events/*.parquet'"
    order = "OVER (PARTITION BY customer_id ORDER BY event_at)"
    silence = f"epoch_us(event_at) - lag(epoch_us(event_at)) {order}"
    found = query_counts(
        "SELECT count(*) FILTER (silence = 1800000000) AS exact, "
        "count(*) FILTER (silence = 0) AS none "
        f"FROM (SELECT {silence} AS silence FROM {events})"
    )
    assert min(found.values()) > 0
    assert answer.counts["events"] == _ROWS
    assert answer.counts["sessions"] > _ROWS // 20


@pytest.mark.parametrize("peer", [duckdb_sessions, polars_sessions])
@pytest.mark.parametrize(
    "change",
    [
        "SELECT * FROM '{events}' WHERE NOT ({one})",
        "SELECT * REPLACE (event_at + (CASE WHEN {one} THEN INTERVAL 40 DAY ELSE INTERVAL 0 DAY"
        " END) AS event_at) FROM '{events}'",
        "SELECT * REPLACE (CASE WHEN {one} THEN NULL ELSE products END AS products)"
        " FROM '{events}'",
    ],
)
def test_a_peer_that_saw_another_event_disagrees(
    answer: Answer, scratch: Path, tmp_path: Path, change: str, peer: Callable[..., None]
) -> None:
    events = f"{scratch}/events/*.parquet"
    query = change.format(events=events, one=_ONE.format(events=events))
    (tmp_path / "events").mkdir()
    duckdb.execute(f"COPY ({query}) TO '{tmp_path}/events/all.parquet'")
    peer(tmp_path / "events", tmp_path / "visits.parquet", 1800, _BOUGHT)
    with pytest.raises(Disagreement):
        agree({"ours": answer, "peer": peers(tmp_path / "visits.parquet")})


def test_a_peer_with_another_gap_disagrees(answer: Answer, scratch: Path, tmp_path: Path) -> None:
    duckdb_sessions(scratch / "events", tmp_path / "visits.parquet", 1801, _BOUGHT)
    with pytest.raises(Disagreement):
        agree({"ours": answer, "duckdb": peers(tmp_path / "visits.parquet")})
