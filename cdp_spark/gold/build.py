"""Rows of the gold tables for the customers whose events or identifiers changed."""

from dataclasses import dataclass

from pyspark.sql import DataFrame

from cdp_spark.gold.activity import activity_of
from cdp_spark.gold.customers import Knowledge, customers_of
from cdp_spark.gold.orders import order_keys_of, orders_of
from cdp_spark.gold.scope import (
    Facts,
    events_of,
    order_events_of,
    touched_customers,
    with_sharers,
)
from cdp_spark.gold.sessions import sessions_of
from cdp_spark.gold.settings import GoldSettings
from cdp_spark.tables import Table
from cdp_spark.tables.gold import ACTIVITY, CUSTOMER, ORDER, SESSION
from cdp_spark.tables.writes import Overwrite, Write
from cdp_spark.terms.bench import Bench


@dataclass(frozen=True)
class Changes:
    """Changed rows of silver.sighting and identity.link since the last run."""

    sightings: DataFrame
    links: DataFrame


@dataclass(frozen=True)
class Rebuild:
    """What is to be written, by table in the order of the commits.

    `events` are all events of the `customers` that are rebuilt, for tables of other rooms.
    """

    events: DataFrame
    customers: DataFrame
    writes: dict[Table, Write]


def rebuilt_customers(
    changes: Changes, facts: Facts, settings: GoldSettings, knowledge: Knowledge, bench: Bench
) -> Rebuild | None:
    """What becomes of the customers that changed; none where nobody did.

    A customer who shares an order with one that changed is rebuilt too.
    """
    changed = touched_customers(changes.sightings, changes.links, facts)
    touched = bench.keep("touched", changed)
    if not bench.count(touched):
        return None
    events = bench.keep("touched_events", events_of(touched, facts, "touched_events"))
    order_events = order_events_of(events, facts, "touched_orders")
    order_events = bench.keep("touched_orders", order_events)
    customers = bench.keep("customers", with_sharers(touched, order_events))
    if bench.count(customers) > bench.count(touched):
        events = bench.keep("events", events_of(customers, facts))
        order_events = bench.keep("order_events", order_events_of(events, facts))
    orders = bench.keep("orders", orders_of(order_events, settings.orders))
    order_keys = order_keys_of(order_events, bench.read(ORDER), customers)
    golden = customers_of(events, orders, facts.links, settings, knowledge)
    writes: dict[Table, Write] = {
        ACTIVITY: Overwrite(activity_of(events, settings.orders), customers),
        SESSION: Overwrite(sessions_of(events, settings), customers),
        ORDER: Overwrite(orders, order_keys),
        CUSTOMER: Overwrite(golden, customers),
    }
    return Rebuild(events, customers, writes)
