"""Rows of the gold tables for the customers whose events or identifiers changed."""

from dataclasses import dataclass

from pyspark.sql import DataFrame

from cdp_spark.gold.activity import activity_of
from cdp_spark.gold.customers import Knowledge, customers_of
from cdp_spark.gold.orders import order_keys_of, orders_of
from cdp_spark.gold.scope import (
    Facts,
    all_customers,
    all_events,
    all_order_events,
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
    """Changed rows of silver.sighting and identity.link since the last run.

    `are_all`: there was no run before, so they are all rows there are.
    """

    sightings: DataFrame
    links: DataFrame
    are_all: bool = False


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
    if changes.are_all:
        changed = all_customers(changes.links)
    else:
        changed = touched_customers(changes.sightings, changes.links, facts)
    touched = bench.keep("touched", changed)
    if not bench.count(touched):
        return None
    scope_of = _full_scope if changes.are_all else _changed_scope
    customers, events, order_events = scope_of(touched, facts, bench)
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


def _full_scope(
    customers: DataFrame, facts: Facts, bench: Bench
) -> tuple[DataFrame, DataFrame, DataFrame]:
    """All customers, their events, and the events of their orders: no search is needed."""
    events = bench.keep("events", all_events(facts))
    return customers, events, all_order_events(events)


def _changed_scope(
    touched: DataFrame, facts: Facts, bench: Bench
) -> tuple[DataFrame, DataFrame, DataFrame]:
    """The customers to rebuild, their events, and all events of their orders."""
    events = bench.keep("touched_events", events_of(touched, facts, "touched_events"))
    order_events = order_events_of(events, facts, "touched_orders")
    order_events = bench.keep("touched_orders", order_events)
    customers = bench.keep("customers", with_sharers(touched, order_events))
    if bench.count(customers) > bench.count(touched):
        events = bench.keep("events", events_of(customers, facts))
        order_events = bench.keep("order_events", order_events_of(events, facts))
    return customers, events, order_events
