"""Customers as one row each, with their activity by day, sessions and orders.

Comes in: silver.event, silver.sighting, identity.link. Goes out: rows of the gold tables for the
customers with changed events or links. Always true: rebuilding a customer from all of its events
gives the stored row; amounts are decimals. Decided: gold follows identity by rebuilding the
affected customers, never by rewriting events.
"""

from cdp_spark.gold.activity import activity_of
from cdp_spark.gold.build import InputChanges, Rebuild, rebuilt_customers
from cdp_spark.gold.customers import CustomerOptions, customers_of
from cdp_spark.gold.orders import orders_of
from cdp_spark.gold.scope import GoldInputs
from cdp_spark.gold.sessions import sessions_of
from cdp_spark.gold.settings import GoldSettings

__all__ = [
    "CustomerOptions",
    "GoldInputs",
    "GoldSettings",
    "InputChanges",
    "Rebuild",
    "activity_of",
    "customers_of",
    "orders_of",
    "rebuilt_customers",
    "sessions_of",
]
