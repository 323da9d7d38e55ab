from collections.abc import Callable

import pytest
from pyspark.sql import SparkSession

from cdp_spark.identity import IdentitySettings
from cdp_spark.identity.settings import MergeSettings
from cdp_spark.lake import ContractBroken, Lake
from cdp_spark.tables.identity import LINEAGE, LINK
from cdp_spark.tables.silver import SIGHTING
from jobs.resolve_identities import run
from tests.identity.test_evidence import RULES, seen

Opened = Callable[..., Lake]
SETTINGS = IdentitySettings(identifiers=RULES)


def _resolved(lake: Lake, settings: IdentitySettings = SETTINGS) -> dict[str, str]:
    run(lake, settings)
    current = lake.read(LINK).where("recorded_to is null").collect()
    return {row.identifier_key: row.customer_id for row in current}


def test_a_rerun_keeps_every_id_and_writes_nothing(spark: SparkSession, open_lake: Opened) -> None:
    open_lake().merge(SIGHTING, seen(spark, "u1 a1", "a1 e1", "u2"))
    first = _resolved(open_lake())
    again = open_lake()
    assert _resolved(again) == first
    counts = [
        entry[what] for entry in again.ledger.writes.values() for what in entry if "_count" in what
    ]
    assert sum(counts) == 0


def test_a_later_event_joins_two_and_lineage_tells_it(
    spark: SparkSession, open_lake: Opened
) -> None:
    open_lake().merge(SIGHTING, seen(spark, "u1 a1", "e1"))
    first = _resolved(open_lake())
    assert first["u1"] == first["a1"] != first["e1"]
    open_lake().merge(SIGHTING, seen(spark, "u1 a1", "e1", "u1 e1"))
    second = _resolved(open_lake())
    assert second == dict.fromkeys(("u1", "a1", "e1"), first["u1"])
    told = {(row.change, row.from_customer_id) for row in open_lake().read(LINEAGE).collect()}
    assert told == {("minted", None), ("merged", first["e1"])}


def test_people_do_not_depend_on_the_order_of_arrival(
    spark: SparkSession, open_lake: Opened
) -> None:
    batches = [
        seen(spark, "u1 a1").limit(2),
        seen(spark, "", "a1 e1"),
        seen(spark, "", "", "u2 a2"),
    ]
    stepwise: dict[str, str] = {}
    for batch in reversed(batches):
        open_lake().merge(SIGHTING, batch)
        stepwise = _resolved(open_lake())
    assert _people(stepwise) == {frozenset({"u1", "a1", "e1"}), frozenset({"u2", "a2"})}
    for table in (LINK, LINEAGE):
        open_lake().replace(table, open_lake().read(table).limit(0))
    assert _people(_resolved(open_lake())) == _people(stepwise)


def _people(found: dict[str, str]) -> set[frozenset[str]]:
    return {frozenset(key for key in found if found[key] == one) for one in found.values()}


def test_a_customer_above_the_gate_stops_the_run_before_anything_is_written(
    spark: SparkSession, open_lake: Opened
) -> None:
    open_lake().merge(SIGHTING, seen(spark, "u1 a1 e1"))
    strict = SETTINGS.model_copy(update={"merge": MergeSettings(max_cluster=2)})
    with pytest.raises(ContractBroken, match=r"merge\.max_cluster"):
        run(open_lake(), strict)
    assert open_lake().read(LINK).count() == 0
