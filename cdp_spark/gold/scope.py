"""Which customers a run must make anew, and the events they are made from."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.terms.identifiers import IdentifierRule
from cdp_spark.terms.ownership import current_links, owners_of

_ORDER = ["source", "order_id"]


@dataclass(frozen=True)
class Facts:
    """What gold is made from: all events, sightings and links, and how identifiers rank."""

    events: DataFrame
    sightings: DataFrame
    links: DataFrame
    rules: tuple[IdentifierRule, ...]


@dataclass(frozen=True)
class Scope:
    """The customers to make anew, their events, and all events of the orders they have part in.

    Both frames of events carry customer_id; those of orders may be other customers'.
    """

    customers: DataFrame
    events: DataFrame
    order_events: DataFrame


def touched_customers(
    changed_sightings: DataFrame, changed_links: DataFrame, links: DataFrame
) -> DataFrame:
    """customer_id of everybody whose events or identifiers changed, those retired included."""
    seen = changed_sightings.select("identifier_key").distinct()
    by_sighting = current_links(links).join(seen, on="identifier_key", how="left_semi")
    return (
        by_sighting.select("customer_id")
        .unionByName(changed_links.select("customer_id"))
        .distinct()
    )


def scope_of(touched: DataFrame, facts: Facts) -> Scope:
    """The scope of a run: touched customers, and who shares an order with them.

    An order that one customer made and another gave back is made from the events of both.
    """
    shared = _order_events(_events_of(touched, facts), facts)
    wider = touched.unionByName(shared.select("customer_id")).distinct()
    events = _events_of(wider, facts)
    return Scope(wider, events, _order_events(events, facts))


def _events_of(customers: DataFrame, facts: Facts) -> DataFrame:
    """All events of the customers.

    Only events that show an identifier of theirs are looked at; each goes to the customer of its
    strongest identifier, who may be another one.
    """
    theirs = current_links(facts.links).join(customers, on="customer_id", how="left_semi")
    keys = facts.sightings.join(
        theirs.select("identifier_key"), on="identifier_key", how="left_semi"
    ).select("event_key")
    seen = facts.sightings.join(keys.distinct(), on="event_key", how="left_semi")
    owners = owners_of(seen, facts.links, facts.rules)
    mine = owners.join(customers, on="customer_id", how="left_semi")
    return facts.events.join(mine, on="event_key", how="inner")


def _order_events(events: DataFrame, facts: Facts) -> DataFrame:
    """All events of the orders that these events tell of, whoever's they are."""
    orders = events.where(F.col("order_id").isNotNull()).select(*_ORDER).distinct()
    parts = facts.events.join(orders, on=_ORDER, how="left_semi")
    seen = facts.sightings.join(parts.select("event_key"), on="event_key", how="left_semi")
    owners = owners_of(seen, facts.links, facts.rules)
    return parts.join(owners, on="event_key", how="inner")
