from typing import Any

from pyspark.sql import DataFrame, SparkSession

from cdp_spark.gold import CustomerOptions, customers_of
from cdp_spark.tables.gold import ORDER
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.sample import sample
from tests.gold.event_rows import GOLD, at, events, money

KNOWLEDGE = CustomerOptions({"crm": 90, "web": 10}, ("anonymous_id",))


def _customers(
    spark: SparkSession, customer_events: DataFrame, *links: dict[str, Any]
) -> dict[str, Any]:
    orders = sample(
        spark,
        ORDER,
        {"customer_id": "ann", "net_amount": money("4"), "converted_amount": money("4")},
        {"customer_id": "ann", "net_amount": money("-1"), "converted_amount": money("-1")},
        {"customer_id": "ann", "net_amount": money("9"), "currency": "CZK"},
        {"customer_id": "ann", "currency": "CZK"},
        {"customer_id": None, "net_amount": money("5")},
    )
    rows = customers_of(
        customer_events, orders, sample(spark, LINK, *links), GOLD, KNOWLEDGE
    ).collect()
    return {row.customer_id: row for row in rows}


def _link(key: str, kind: str, customer: str = "ann", sure: float = 0.9) -> dict[str, Any]:
    return {"identifier_key": key, "kind": kind, "customer_id": customer, "confidence": sure}


def test_the_latest_value_or_that_of_the_most_trusted_source_is_kept(spark: SparkSession) -> None:
    customer_events = events(
        spark,
        {"source": "crm", "email": "old@x.org", "first_name": "Ann", "event_at": at(0)},
        {"source": "web", "email": "new@x.org", "first_name": "anny", "event_at": at(1)},
        {"source": "web", "email": None, "event_at": at(2)},
    )
    found = _customers(spark, customer_events, _link("u", "user_id"))["ann"]
    assert (found.email, found.first_name) == ("new@x.org", "Ann")
    assert (found.event_count, found.order_count, found.net_amount) == (3, 4, money("3"))
    assert found.unconverted_order_count == 1
    assert found.net_amounts == {"": money("3"), "CZK": money("9")}


def test_a_customer_with_devices_only_is_unknown(spark: SparkSession) -> None:
    customer_events = events(spark, {}, {"customer_id": "bob"})
    found = _customers(
        spark,
        customer_events,
        _link("u", "user_id"),
        _link("a", "anonymous_id"),
        _link("b", "anonymous_id", "bob"),
        _link("p", "phone", "bob", 0.0),  # a shared number without a known owner
    )
    assert (found["ann"].is_known, found["ann"].identifier_count) == (True, 2)
    assert (found["bob"].is_known, found["bob"].order_count) == (False, 0)


def test_a_link_that_was_corrected_no_longer_counts(spark: SparkSession) -> None:
    closed = {**_link("u", "user_id"), "recorded_to": at(0)}
    found = _customers(spark, events(spark, {}), closed, _link("a", "anonymous_id"))
    assert (found["ann"].identifier_count, found["ann"].is_known) == (1, False)
