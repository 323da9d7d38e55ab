"""Rows of the gold tables for the customers with changed events or identifiers."""

from dataclasses import dataclass

from pyspark.sql import DataFrame

from cdp_spark.gold.accounts import account_writes
from cdp_spark.gold.activity import activity_of
from cdp_spark.gold.customers import CustomerOptions, customers_of
from cdp_spark.gold.orders import counted_once, order_keys_of, orders_of
from cdp_spark.gold.rates import RateChanges
from cdp_spark.gold.scope import (
    GoldInputs,
    affected_customers,
    all_customers,
    all_events,
    all_order_events,
    events_of,
    order_events_of,
    orders_in,
    with_order_customers,
    with_sightings_of,
)
from cdp_spark.gold.sessions import sessions_of
from cdp_spark.gold.settings import GoldSettings
from cdp_spark.semantics.lake_reader import LakeReader
from cdp_spark.tables import Table
from cdp_spark.tables.gold import ACTIVITY, CUSTOMER, ORDER, SESSION
from cdp_spark.tables.writes import Overwrite, Write

# The customers to rebuild, their events, and all events of their orders.
Scope = tuple[DataFrame, DataFrame, DataFrame]


@dataclass(frozen=True)
class InputChanges:
    """Changed rows of silver.sighting, identity.link and silver.event, and changed rates.

    `are_all`: this is the first run, so these are all rows.
    """

    sightings: DataFrame
    links: DataFrame
    events: DataFrame
    rates: RateChanges
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
    changes: InputChanges,
    inputs: GoldInputs,
    settings: GoldSettings,
    options: CustomerOptions,
    lake: LakeReader,
) -> Rebuild | None:
    """The rebuild of the customers and orders that changed; none where none did.

    It includes customers who share an order with a changed one.
    """
    scope = (_full_scope if changes.are_all else _changed_scope)(changes, inputs, lake)
    if scope is None:
        return None
    customers, events, order_events = scope
    orders = lake.materialize("orders", orders_of(order_events, settings.orders))
    order_keys = order_keys_of(order_events, lake.read(ORDER), customers)
    golden = customers_of(events, orders, inputs.links, settings, options)
    counted = counted_once(events, orders)
    writes: dict[Table, Write] = {
        ACTIVITY: Overwrite(activity_of(counted, settings.orders), customers),
        SESSION: Overwrite(sessions_of(counted, settings), customers),
        ORDER: Overwrite(orders.select(*ORDER.columns), order_keys),
        CUSTOMER: Overwrite(golden, customers),
    }
    calls = changes.events.select("account_key").unionByName(events.select("account_key"))
    return Rebuild(events, customers, account_writes(calls, customers, inputs, lake) | writes)


def _full_scope(changes: InputChanges, inputs: GoldInputs, lake: LakeReader) -> Scope | None:
    """All customers, their events, and the events of all orders, without a search."""
    customers = lake.materialize("affected", all_customers(changes.links))
    events = lake.materialize("events", all_events(inputs))
    if not lake.count(events):
        return None
    return customers, events.where("customer_id is not null"), all_order_events(events)


def _changed_scope(changes: InputChanges, inputs: GoldInputs, lake: LakeReader) -> Scope | None:
    """The customers to rebuild, their events, and all events of their orders."""
    sightings, orders = changes.sightings, orders_in(changes.events)
    if changes.rates:
        repriced = changes.rates.events_of(inputs.events)
        sightings = with_sightings_of(repriced, sightings, inputs)
        orders = orders.unionByName(orders_in(repriced)).distinct()
    changed = affected_customers(sightings, changes.links, inputs)
    affected = lake.materialize("affected", changed)
    # Events of an order may name no customer, such as a refund: no customer leads to them.
    new_orders = lake.materialize("changed_orders", orders)
    if not lake.count(affected) and not lake.count(new_orders):
        return None
    events = lake.materialize("affected_events", events_of(affected, inputs, "affected_events"))
    orders = orders_in(events).unionByName(new_orders).distinct()
    order_events = order_events_of(orders, inputs, "affected_orders")
    order_events = lake.materialize("affected_orders", order_events)
    customers = lake.materialize("customers", with_order_customers(affected, order_events))
    if lake.count(customers) > lake.count(affected):
        events = lake.materialize("events", events_of(customers, inputs))
        orders = orders_in(events).unionByName(new_orders).distinct()
        order_events = lake.materialize("order_events", order_events_of(orders, inputs))
    return customers, events, order_events
