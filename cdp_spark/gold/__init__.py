"""Customers as one row each, and what they did: activity by day, sessions, orders.

Comes in: silver.event, silver.sighting, identity.link. Goes out: rows of the gold tables for the
customers whose events or links changed. Always true: recomputing a customer from all of its events
gives the row that is stored; amounts are decimals. Decided: gold follows identity by recomputing
the customers touched, never by rewriting events.
"""

from cdp_spark.gold.activity import activity_of
from cdp_spark.gold.build import Changes, Rebuild, rebuilt_customers
from cdp_spark.gold.customers import Knowledge, customers_of
from cdp_spark.gold.orders import orders_of
from cdp_spark.gold.scope import Facts
from cdp_spark.gold.sessions import sessions_of
from cdp_spark.gold.settings import GoldSettings

__all__ = [
    "Changes",
    "Facts",
    "GoldSettings",
    "Knowledge",
    "Rebuild",
    "activity_of",
    "customers_of",
    "orders_of",
    "rebuilt_customers",
    "sessions_of",
]
