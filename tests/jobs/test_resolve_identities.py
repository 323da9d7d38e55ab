from collections.abc import Callable

import pytest
from pyspark.sql import SparkSession

from cdp_spark.identity import IdentitySettings, Knowledge, Moment, Stored, resolution_of
from cdp_spark.identity.laws import rebuild_faults
from cdp_spark.identity.settings import MergeSettings
from cdp_spark.lake import ContractBroken, Lake
from cdp_spark.tables.identity import DECISION, EDGE, IDENTIFIER, LINEAGE, LINK, SPELL
from cdp_spark.tables.silver import SIGHTING
from cdp_spark.terms.ownership import current_links
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


_RENEWED = MergeSettings(renew_least=0, renew_share=0.1, renew_reach=1.0)
_RENEWING = SETTINGS.model_copy(update={"merge": _RENEWED})
_PEOPLE = tuple(f"u{number} a{number}" for number in range(1, 30))


def _finished(lake: Lake, settings: IdentitySettings = _RENEWING) -> dict[str, str]:
    found = _resolved(lake, settings)
    lake.finish(1.0)
    return found


def _never(*_: object) -> None:
    raise AssertionError


def test_little_news_renew_what_they_touch_and_give_what_a_rebuild_gives(
    spark: SparkSession, open_lake: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_lake().merge(SIGHTING, seen(spark, *_PEOPLE))
    first = _finished(open_lake())
    open_lake().merge(SIGHTING, seen(spark, *_PEOPLE, "a1 e1", "u30 e1"))
    monkeypatch.setattr("jobs.resolve_identities.resolution_of", _never)
    renewing = open_lake()
    second = _finished(renewing)
    assert second == first | dict.fromkeys(("u30", "e1"), first["u1"])
    written = renewing.ledger.writes[IDENTIFIER.name]
    assert (written["inserted_count"], written["updated_count"]) == (2, 1)

    lake = open_lake()
    links = current_links(lake.read(LINK))
    stored = Stored(lake.read(IDENTIFIER), lake.read(EDGE), lake.read(SPELL), links)
    known = Knowledge(lake.read(SIGHTING), links.limit(0), lake.read(DECISION))
    rebuilt = resolution_of(known, SETTINGS, Moment(lake.run.started_at, "again"), lake)
    faults = rebuild_faults(stored, rebuilt)
    assert {law for law, rows in faults.items() if not rows.isEmpty()} == set()
    lake.discard()


def test_much_news_and_tables_that_others_wrote_are_resolved_from_all(
    spark: SparkSession, open_lake: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.resolve_identities.renewed_resolution", _never)
    open_lake().merge(SIGHTING, seen(spark, *_PEOPLE[:10]))
    _finished(open_lake())
    open_lake().merge(SIGHTING, seen(spark, *_PEOPLE))
    first = _finished(open_lake())
    assert len(first) == 2 * len(_PEOPLE)

    open_lake("another").replace(EDGE, open_lake().read(EDGE).limit(0))
    open_lake().merge(SIGHTING, seen(spark, *_PEOPLE, "a1 e1"))
    second = _finished(open_lake())
    assert second == first | {"e1": first["u1"]}
    assert open_lake().read(EDGE).count() == len(_PEOPLE) + 1
