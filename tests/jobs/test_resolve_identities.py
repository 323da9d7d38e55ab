import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity import (
    IdentityInputs,
    IdentitySettings,
    RunStamp,
    StoredIdentity,
    resolution_of,
)
from cdp_spark.identity.clusters import components
from cdp_spark.identity.evaluation.invariants import rebuild_violations
from cdp_spark.identity.settings import MergeSettings
from cdp_spark.lake import ContractBroken, Lake, Overwrite, Run
from cdp_spark.semantics.ownership import current_links
from cdp_spark.tables.identity import DECISION, EDGE, IDENTIFIER, LINEAGE, LINK, OWNERSHIP
from cdp_spark.tables.silver import SIGHTING
from jobs.resolve_identities import run
from tests.conftest import AS_OF
from tests.identity.evidence.test_edges import RULES, seen

Opened = Callable[..., Lake]
# Incremental above 0 sightings, for at most a tenth of new ones.
_MERGE = MergeSettings(
    incremental_min_sightings=0, incremental_max_new_share=0.1, incremental_max_read_share=1.0
)
SETTINGS = IdentitySettings(identifiers=RULES, merge=_MERGE)
_PEOPLE = tuple(f"u{number} a{number}" for number in range(1, 30))
# Two events of before all others are still to come.
_FIRST = ("", "", *_PEOPLE, "e29")


def _resolved(lake: Lake, settings: IdentitySettings = SETTINGS) -> dict[str, str]:
    run(lake, settings)
    lake.finish(1.0)
    current = lake.read(LINK).where("recorded_to is null").collect()
    return {row.identifier_key: row.customer_id for row in current}


@pytest.fixture(scope="module")
def first(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, str]]:
    """A resolved lake of 29 people and an address, and the customer of each identifier."""
    root = tmp_path_factory.mktemp("first") / "lake"
    started = datetime(2025, 1, 31, tzinfo=UTC)
    lake = Lake(spark, str(root), Run("a_job", "a_job-first", "operate", AS_OF, started))
    lake.merge(SIGHTING, seen(spark, *_FIRST))
    return root, _resolved(lake)


@pytest.fixture
def known(first: tuple[Path, dict[str, str]], tmp_path: Path) -> dict[str, str]:
    """The customer of each identifier, in a copy of the first lake, which `open_lake` opens."""
    shutil.copytree(first[0], tmp_path / "lake")
    return first[1]


def test_a_rerun_that_reads_everything_keeps_every_id_and_writes_nothing(
    known: dict[str, str], open_lake: Opened
) -> None:
    shutil.rmtree(Path(open_lake().root) / "ops")
    again = open_lake()
    assert _resolved(again) == known
    entries = again.ledger.writes.values()
    assert sum(entry[what] for entry in entries for what in entry if "_count" in what) == 0


def _never(*_: object) -> None:
    raise AssertionError


def test_little_news_in_any_order_renew_what_they_touch_and_give_what_a_rebuild_gives(
    spark: SparkSession,
    known: dict[str, str],
    open_lake: Opened,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # They happened before all that is known: one adds an identifier, the other joins two customers.
    open_lake().merge(SIGHTING, seen(spark, "a1 e1", "u2 e29"))
    monkeypatch.setattr("cdp_spark.identity.update.resolution_of", _never)
    renewing = open_lake()
    second = _resolved(renewing)
    assert second == known | {"e1": known["u1"], "e29": known["u2"]}
    written = renewing.ledger.writes[IDENTIFIER.name]
    assert (written["inserted_count"], written["updated_count"]) == (1, 3)
    changes = {(row.change, row.from_customer_id) for row in open_lake().read(LINEAGE).collect()}
    assert changes == {("minted", None), ("merged", known["e29"])}

    lake = open_lake()
    links = current_links(lake.read(LINK))
    stored = StoredIdentity(lake.read(IDENTIFIER), lake.read(EDGE), lake.read(OWNERSHIP), links)
    everything = IdentityInputs(lake.read(SIGHTING), links.limit(0), lake.read(DECISION))
    rebuilt = resolution_of(everything, SETTINGS, RunStamp(lake.run.started_at, "again"), lake)
    faults = rebuild_violations(stored, rebuilt)
    assert {law for law, rows in faults.items() if not rows.isEmpty()} == set()
    lake.discard()


def test_much_news_and_tables_that_others_wrote_are_resolved_from_all(
    spark: SparkSession,
    known: dict[str, str],
    open_lake: Opened,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cdp_spark.identity.update.incremental_resolution", _never)
    more = tuple(f"u{number} a{number}" for number in range(30, 40))
    open_lake().merge(SIGHTING, seen(spark, *_FIRST, *more))
    second = _resolved(open_lake())
    assert {key: second[key] for key in known} == known
    assert len(second) == len(known) + 2 * len(more)

    open_lake("another").publish({EDGE: Overwrite(open_lake().read(EDGE).limit(0))})
    open_lake().merge(SIGHTING, seen(spark, "a1 e1"))
    assert _resolved(open_lake()) == second | {"e1": second["u1"]}
    assert open_lake().read(EDGE).count() == len(_PEOPLE) + len(more) + 1


def test_customers_rest_on_connected_components_and_one_above_the_gate_is_not_published(
    spark: SparkSession, open_lake: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_one(edges: DataFrame) -> DataFrame:
        ends = edges.select(F.col("src").alias("id")).union(edges.select("dst")).distinct()
        return ends.withColumn("component", F.lit(0).cast("long"))

    monkeypatch.setattr(components, "driver_components", all_one)
    open_lake().merge(SIGHTING, seen(spark, *_PEOPLE))
    strict = SETTINGS.model_copy(update={"merge": MergeSettings(max_cluster=57)})
    with pytest.raises(ContractBroken, match=r"merge\.max_cluster"):
        run(open_lake(), strict)
    assert open_lake().read(LINK).count() == 0

    found = _resolved(open_lake())
    assert len(found) == 58
    assert len(set(found.values())) == 1
