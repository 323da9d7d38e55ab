from dataclasses import replace
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.gold.rates import Conversion
from cdp_spark.gold.scope import (
    GoldInputs,
    affected_customers,
    events_of,
    order_events_of,
    orders_in,
    with_order_customers,
)
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT, SIGHTING
from tests.gold.event_rows import at
from tests.identity.evidence.test_edges import KINDS, RULES

LINKS = {"u1": "ann", "a1": "ann", "u2": "bob", "a2": "bob"}


def _links(spark: SparkSession, held: dict[str, str]) -> DataFrame:
    rows = [{"identifier_key": k, "kind": KINDS[k[0]], "customer_id": c} for k, c in held.items()]
    return sample(spark, LINK, *rows)


def _inputs(spark: SparkSession, specs: list[tuple[str, str | None]]) -> GoldInputs:
    """Each event is its identifiers and the order it belongs to."""
    named: list[dict[str, Any]] = [
        {"event_key": f"event-{n}", "order_id": order, "source": "shop", "order_namespace": "shop"}
        for n, (_, order) in enumerate(specs)
    ]
    seen = [
        {"event_key": f"event-{n}", "identifier_key": key, "kind": KINDS[key[0]]}
        for n, (keys, _) in enumerate(specs)
        for key in keys.split()
    ]
    inputs = _seen(spark, sample(spark, SIGHTING, *seen), _links(spark, LINKS))
    return replace(inputs, events=Conversion("EUR", None).with_value(sample(spark, EVENT, *named)))


def _seen(spark: SparkSession, sightings: DataFrame, links: DataFrame) -> GoldInputs:
    nothing = sample(spark, EVENT, {}).limit(0)
    return GoldInputs(nothing, sightings, links, RULES, lambda _, rows: rows.localCheckpoint())


def _who(spark: SparkSession, *names: str) -> DataFrame:
    return spark.createDataFrame([(name,) for name in names], "customer_id string")


def _owned(rows: DataFrame) -> set[tuple[str, str]]:
    return {(row.event_key, row.customer_id) for row in rows.collect()}


def test_events_belong_to_affected_customers_by_their_strongest_identifier(
    spark: SparkSession,
) -> None:
    inputs = _inputs(spark, [("u1 a1", None), ("a1", None), ("u2 a1", None), ("u2", None)])
    found = events_of(_who(spark, "ann"), inputs)
    assert _owned(found) == {("event-0", "ann"), ("event-1", "ann")}


def test_customers_of_a_shared_order_are_rebuilt_with_the_whole_order(spark: SparkSession) -> None:
    inputs = _inputs(spark, [("u1", "o1"), ("u2", "o1"), ("u2", "o2"), ("u1", "o2"), ("u2", None)])
    affected = _who(spark, "ann")
    shared = order_events_of(orders_in(events_of(affected, inputs)), inputs)
    customers = with_order_customers(affected, shared)
    assert {row.customer_id for row in customers.collect()} == {"ann", "bob"}
    events = events_of(customers, inputs)
    assert len(_owned(events)) == 5
    whole = order_events_of(orders_in(events), inputs)
    assert {key for key, _ in _owned(whole)} == {f"event-{n}" for n in range(4)}


def test_events_are_kept_without_their_payloads_and_with_all_that_customers_have(
    spark: SparkSession,
) -> None:
    inputs = _inputs(spark, [("u1", "o1")])
    events = events_of(_who(spark, "ann"), inputs)
    payloads = {"properties", "traits", "context", "extra"}
    assert not payloads & {*events.columns, *order_events_of(orders_in(events), inputs).columns}
    specs = {name for name in CUSTOMER.columns if name in EVENT.columns}
    assert specs | {"consent"} <= set(events.columns)


def _changed(spark: SparkSession, key: str, customer: str, change: str, **more: Any) -> DataFrame:
    row = {"identifier_key": key, "kind": KINDS[key[0]], "customer_id": customer} | more
    return sample(spark, LINK, row).withColumn("change", F.lit(change))


def test_changed_sightings_and_links_touch_customers_before_and_after(spark: SparkSession) -> None:
    seen = sample(spark, SIGHTING, {"identifier_key": "a2"})
    closed = _changed(spark, "a9", "gone", "upsert", recorded_to=at(0))
    nowhere = seen.limit(0)
    found = affected_customers(seen, closed, _seen(spark, nowhere, _links(spark, LINKS))).collect()
    assert {row.customer_id for row in found} == {"bob", "gone"}


def test_who_inherits_the_events_of_an_identifier_that_left_is_affected(
    spark: SparkSession,
) -> None:
    inputs = _inputs(spark, [("u9 a2", None), ("u1", None)])
    none = inputs.sightings.limit(0)
    # u9 has lost its customer cora, so its event belongs to the device's customer.
    left = _changed(spark, "u9", "cora", "delete").unionByName(
        _changed(spark, "u9", "cora", "upsert", recorded_to=at(0))
    )
    found = affected_customers(none, left, inputs).collect()
    assert {row.customer_id for row in found} == {"bob", "cora"}

    replaced = _changed(spark, "u9", "cora", "delete").unionByName(
        _changed(spark, "u9", "cora", "upsert", confidence=0.99)
    )
    found = affected_customers(none, replaced, inputs).collect()
    assert {row.customer_id for row in found} == {"cora"}


def test_a_tablet_s_new_span_touches_only_who_had_it_last_and_who_has_it_now(
    spark: SparkSession,
) -> None:
    spans = [("cora", 0, 1), ("ann", 1, 2), ("bob", 2, None)]
    rows = [
        {"identifier_key": "a9", "customer_id": who, "valid_from": at(begun),
         "valid_to": None if ended is None else at(ended)}
        for who, begun, ended in spans
    ]  # fmt: skip
    links = sample(spark, LINK, *rows)
    sightings = sample(
        spark,
        SIGHTING,
        *[{"event_key": f"e{n}", "identifier_key": "a9", "event_at": at(n)} for n in range(3)],
    )
    specs = [
        _changed(spark, "a9", "ann", "delete", valid_from=at(1)),
        _changed(spark, "a9", "ann", "upsert", valid_from=at(1), recorded_to=at(9)),
        _changed(spark, "a9", "ann", "upsert", valid_from=at(1), valid_to=at(2)),
        _changed(spark, "a9", "bob", "upsert", valid_from=at(2)),
    ]
    changed = reduce(DataFrame.unionByName, specs)
    new = sightings.where("event_key = 'e2'")
    found = affected_customers(new, changed, _seen(spark, sightings, links)).collect()
    assert {row.customer_id for row in found} == {"ann", "bob"}


def test_no_change_affects_no_customer(spark: SparkSession) -> None:
    none = sample(spark, SIGHTING, {}).limit(0)
    no_links = _changed(spark, "u1", "ann", "upsert").limit(0)
    inputs = _seen(spark, none, _links(spark, LINKS))
    assert affected_customers(none, no_links, inputs).count() == 0
