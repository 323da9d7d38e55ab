# ruff: noqa: S608 - every query is our own text
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from cdp_spark.features import snapshot_days
from cdp_spark.settings import Settings
from cdp_spark.sources.settings import SourcesSettings
from tests.benchmarks.build import AS_OF, COMPARED, lake_settings, main, ours, peers
from tests.benchmarks.build_peers import duckdb_build
from tests.benchmarks.measure import Answer, Disagreement, agree, query_counts

_ROWS = 1500
_LATER = AS_OF + timedelta(days=1)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("build")


@pytest.fixture(scope="module")
def figures(run_benchmark: Callable[..., dict[str, Any]], scratch: Path) -> dict[str, Any]:
    return run_benchmark(main, _ROWS, scratch)


@pytest.fixture(scope="module")
def answer(spark: SparkSession, figures: dict[str, Any], scratch: Path) -> Answer:
    assert figures["rows"] == _ROWS
    return ours(spark, scratch / "lake")


@pytest.fixture(scope="module")
def settings(scratch: Path) -> Settings:
    return lake_settings(scratch / "lake")


def test_the_last_line_has_both_jobs_the_peer_and_the_rows_of_every_table(
    figures: dict[str, Any],
) -> None:
    assert (figures["benchmark"], figures["rows"]) == ("build", _ROWS)
    parts = {"build_customers", "build_features"}
    assert set(figures["seconds"]) == {"start", "ours", "duckdb", "incremental", *parts}
    assert set(figures["ratios"]) == {"duckdb"}
    assert min(figures[name] for name in COMPARED) > 0
    assert figures["incremental_share"] > 0
    assert figures["peak_mib"] > 100


def test_the_events_hold_all_that_the_tables_tell(scratch: Path, figures: dict[str, Any]) -> None:
    assert figures["order"] > 0
    visits, orders, customers = (
        f"'{scratch}/duckdb/{name}.parquet'" for name in ("session", "order", "customer")
    )
    links = f"'{scratch}/histories/first/links/*.parquet'"
    found = query_counts(
        f"SELECT (SELECT count(*) FROM {visits} WHERE order_count > 0) AS bought, "
        f"(SELECT count(*) FROM {orders} WHERE source = 'shop') AS shop, "
        f"(SELECT count(*) FROM {customers} WHERE email IS NOT NULL) AS with_email, "
        f"(SELECT count(*) FROM {links} WHERE valid_to IS NOT NULL) AS shared"
    )
    assert min(found.values()) > 0


def _gap(settings: Settings) -> Settings:
    return _changed(settings, gold={"session_gap_minutes": 29})


def _trust(settings: Settings) -> Settings:
    turned = [one.model_copy(update={"trust": 50}) for one in settings.sources.entries]
    return settings.model_copy(update={"sources": SourcesSettings(entries=tuple(turned))})


def _priority(settings: Settings) -> Settings:
    rules = [
        rule.model_copy(update={"priority": 10 - rule.priority})
        for rule in settings.identity.identifiers
    ]
    return _changed(settings, identity={"identifiers": tuple(rules)})


def _passive(settings: Settings) -> Settings:
    return _changed(settings, features={"passive_names": ("Home",)})


def _changed(settings: Settings, **changes: dict[str, Any]) -> Settings:
    sections = {
        name: getattr(settings, name).model_copy(update=update) for name, update in changes.items()
    }
    return settings.model_copy(update=sections)


@pytest.mark.parametrize("change", [_gap, _trust, _priority, _passive])
def test_a_peer_with_other_rules_disagrees(
    answer: Answer,
    settings: Settings,
    tmp_path: Path,
    change: Callable[[Settings], Settings],
) -> None:
    days = (*snapshot_days(settings.features.days, AS_OF), _LATER)
    root = Path(settings.project.lake)
    duckdb_build(root, tmp_path / "same", settings, days, _LATER)
    agree({"ours": answer, "duckdb": peers(tmp_path / "same")})
    duckdb_build(root, tmp_path / "other", change(settings), days, _LATER)
    with pytest.raises(Disagreement):
        agree({"ours": answer, "duckdb": peers(tmp_path / "other")})
