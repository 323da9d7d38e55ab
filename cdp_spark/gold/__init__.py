"""Customers as one row each, and what they did: activity by day, sessions, orders.

Comes in: silver.event, silver.sighting, identity.link. Goes out: rows of the gold tables for the
customers whose events or links changed. Always true: recomputing a customer from all of its events
gives the row that is stored; amounts are decimals. Decided: gold follows identity by recomputing
the customers touched, never by rewriting events.
"""

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

__all__ = [
    "Facts",
    "GoldSettings",
    "Knowledge",
    "activity_of",
    "customers_of",
    "events_of",
    "order_events_of",
    "order_keys_of",
    "orders_of",
    "sessions_of",
    "touched_customers",
    "with_sharers",
]
