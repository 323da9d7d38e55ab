"""Rows of the gold tables for the customers with changed events or identifiers."""

from dataclasses import dataclass

from pyspark.sql import DataFrame

from cdp_spark.gold.activity import activity_of
from cdp_spark.gold.customers import CustomerOptions, customers_of
from cdp_spark.gold.orders import order_keys_of, orders_of
from cdp_spark.gold.scope import (
    GoldInputs,
    affected_customers,
    all_customers,
    all_events,
    all_order_events,
    events_of,
    order_events_of,
    with_order_customers,
)
from cdp_spark.gold.sessions import sessions_of
from cdp_spark.gold.settings import GoldSettings
from cdp_spark.semantics.bench import Bench
from cdp_spark.tables import Table
from cdp_spark.tables.gold import ACTIVITY, CUSTOMER, ORDER, SESSION
from cdp_spark.tables.writes import Overwrite, Write


@dataclass(frozen=True)
class Changes:
    """Changed rows of silver.sighting and identity.link since the last run.

    `are_all`: this is the first run, so these are all rows.
    """

    sightings: DataFrame
    links: DataFrame
    are_all: bool = False


@dataclass(frozen=True)
class Rebuild:
    """The writes of a rebuild, by table in the order of the commits.

    `events` are all events of the rebuilt `customers`, for tables of other rooms.
    """

    events: DataFrame
    customers: DataFrame
    writes: dict[Table, Write]


def rebuilt_customers(
    changes: Changes,
    inputs: GoldInputs,
    settings: GoldSettings,
    options: CustomerOptions,
    bench: Bench,
) -> Rebuild | None:
    """The rebuild of the customers that changed; none where no customer did.

    It includes customers who share an order with a changed one.
    """
    if changes.are_all:
        changed = all_customers(changes.links)
    else:
        changed = affected_customers(changes.sightings, changes.links, inputs)
    affected = bench.materialize("affected", changed)
    if not bench.count(affected):
        return None
    scope_of = _full_scope if changes.are_all else _changed_scope
    customers, events, order_events = scope_of(affected, inputs, bench)
    orders = bench.materialize("orders", orders_of(order_events, settings.orders))
    order_keys = order_keys_of(order_events, bench.read(ORDER), customers)
    golden = customers_of(events, orders, inputs.links, settings, options)
    writes: dict[Table, Write] = {
        ACTIVITY: Overwrite(activity_of(events, settings.orders), customers),
        SESSION: Overwrite(sessions_of(events, settings), customers),
        ORDER: Overwrite(orders, order_keys),
        CUSTOMER: Overwrite(golden, customers),
    }
    return Rebuild(events, customers, writes)


def _full_scope(
    customers: DataFrame, inputs: GoldInputs, bench: Bench
) -> tuple[DataFrame, DataFrame, DataFrame]:
    """All customers, their events, and the events of their orders, without a search."""
    events = bench.materialize("events", all_events(inputs))
    return customers, events, all_order_events(events)


def _changed_scope(
    affected: DataFrame, inputs: GoldInputs, bench: Bench
) -> tuple[DataFrame, DataFrame, DataFrame]:
    """The customers to rebuild, their events, and all events of their orders."""
    events = bench.materialize("affected_events", events_of(affected, inputs, "affected_events"))
    order_events = order_events_of(events, inputs, "affected_orders")
    order_events = bench.materialize("affected_orders", order_events)
    customers = bench.materialize("customers", with_order_customers(affected, order_events))
    if bench.count(customers) > bench.count(affected):
        events = bench.materialize("events", events_of(customers, inputs))
        order_events = bench.materialize("order_events", order_events_of(events, inputs))
    return customers, events, order_events
