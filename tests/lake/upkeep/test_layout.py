import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.lake.fingerprint import content_hash
from cdp_spark.lake.snapshot import has_changed, snapshot_at
from cdp_spark.lake.storage import path_of, rows_by_delta, version_of
from cdp_spark.lake.upkeep.layout import Layout, Rearrangement, due_steps, layout_of, rearrange
from cdp_spark.lake.upkeep.settings import MaintenanceSettings
from cdp_spark.tables import Table
from cdp_spark.tables.features import TRAIT
from cdp_spark.tables.gold import CUSTOMER, SCORE
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT, SIGHTING

Opened = Callable[..., Lake]
_SETTINGS = MaintenanceSettings(
    compact_above_files=4, small_file_bytes=10, file_bytes=100, cluster_above_bytes=1000
)
_BUCKET, _DAY = ("bucket",), ("as_of_on",)


@pytest.mark.parametrize(
    ("table", "layout", "expected"),
    [
        (SIGHTING, Layout(4, 4, 999), Rearrangement()),
        (SIGHTING, Layout(5, 5, 999), Rearrangement(rewrite=True)),
        (SIGHTING, Layout(1, 0, 1000), Rearrangement(_BUCKET, rewrite=True)),
        (SIGHTING, Layout(9, 9, 999, _BUCKET, 4, 99), Rearrangement()),
        (SIGHTING, Layout(9, 9, 2000, _BUCKET, 5, 5), Rearrangement(rewrite=True)),
        (SIGHTING, Layout(9, 9, 999, _BUCKET, 1, 100), Rearrangement(rewrite=True)),
        (SIGHTING, Layout(9, 0, 2000, ("kind",)), Rearrangement(_BUCKET, rewrite=True)),
        (TRAIT, Layout(1, 0, 999), Rearrangement()),
        (TRAIT, Layout(1, 0, 1000), Rearrangement(_DAY, enable_vectors=True, rewrite=True)),
        (TRAIT, Layout(1, 0, 1000, _DAY, has_vectors=True), Rearrangement()),
        (SCORE, Layout(1, 0, 1000), Rearrangement(_DAY, rewrite=True)),
        (LINK, Layout(9, 4, 5000), Rearrangement()),
        (LINK, Layout(9, 5, 5000), Rearrangement(rewrite=True)),
    ],
)
def test_what_is_due_depends_on_size_files_and_contract(
    table: Table, layout: Layout, expected: Rearrangement
) -> None:
    assert due_steps(table, layout, _SETTINGS) == expected


def test_each_step_is_named() -> None:
    steps = Rearrangement(("bucket", "event_on"), enable_vectors=True, rewrite=True).steps
    assert steps == ("cluster by bucket, event_on", "enable deletion vectors", "optimize")


def _statistics(root: str, table: Table) -> set[str]:
    """Names of the columns with a minimum or maximum in the newest commit."""
    log = Path(path_of(root, table)) / "_delta_log" / f"{version_of(root, table):020}.json"
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    stats = [json.loads(one["add"].get("stats") or "{}") for one in actions if "add" in one]
    return {name for one in stats for what in ("minValues", "maxValues") for name in one[what]}


# silver.event has VARIANT columns, which the driver cannot write.
@pytest.mark.parametrize(("table", "column"), [(CUSTOMER, "customer_id"), (EVENT, "event_key")])
def test_a_small_table_is_compacted_and_stays_plain(
    spark: SparkSession, open_lake: Opened, table: Table, column: str
) -> None:
    for number in range(5):
        open_lake().merge(table, sample(spark, table, {column: f"{column} {number}"}))
    root = open_lake().root
    path, before = path_of(root, table), version_of(root, table)
    settings = MaintenanceSettings(compact_above_files=4)
    layout = layout_of(spark, root, table, settings)
    needed = due_steps(table, layout, settings)
    assert (layout.file_count, layout.small_count, needed.rewrite) == (5, 5, True)
    rearrange(spark, root, table, needed, settings)

    found = snapshot_at(path, version_of(root, table))
    assert found is not None
    assert (len(found.files), found.is_plain) == (1, True)
    assert layout_of(spark, root, table, settings).clustered_by == ()
    assert not has_changed(path, before + 1, version_of(root, table))
    assert _statistics(root, table)
    assert _statistics(root, table) <= set(table.statistics)
    read = [rows_by_delta(spark, root, table, one) for one in (before, before + 1)]
    assert content_hash(read[0], table) == content_hash(read[1], table)
