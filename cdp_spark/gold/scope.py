"""Which customers a run must make anew, and the events they are made from."""

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.terms.identifiers import IdentifierRule
from cdp_spark.terms.ownership import current_links, event_owners, identifier_owners

_ORDER = ["source", "order_id"]
_SEEN = ["event_key", "identifier_key", "kind", "event_at"]  # what whose an event is goes by
# Events are materialized and read again for each table, so without payloads, which no table needs.
_OF_EVENTS = [
    *("event_key", "source", "type", "name", "event_at", "event_on", "available_at"),
    *("order_id", "amount", "currency", "products", "campaign", "consent"),
    *("email", "phone", "first_name", "last_name", "birth_on", "city", "country"),
]
_OF_ORDERS = ["event_key", "name", "event_at", *_ORDER, "amount", "currency", "products"]


@dataclass(frozen=True)
class Facts:
    """What gold is made from: all events, sightings and links, and how identifiers rank.

    `keep(name, rows)` computes rows once and keeps them aside.
    """

    events: DataFrame
    sightings: DataFrame
    links: DataFrame
    rules: tuple[IdentifierRule, ...]
    keep: Callable[[str, DataFrame], DataFrame]


def touched_customers(
    changed_sightings: DataFrame, changed_links: DataFrame, facts: Facts
) -> DataFrame:
    """customer_id of everybody whose events or identifiers changed, those retired included.

    An identifier that nobody has any more hands the events it decided over to whoever else they
    show, and takes them when somebody gets it: all seen beside such a one are touched too. Of what
    people share only who had it at that moment is touched.
    """
    changed = facts.keep("come_or_gone", _come_or_gone(changed_links, facts.links))
    shown = facts.sightings.join(changed, on="identifier_key", how="left_semi")
    beside = facts.sightings.join(shown.select("event_key"), on="event_key", how="left_semi")
    seen = changed_sightings.select(*_SEEN).unionByName(beside.select(*_SEEN))
    return (
        identifier_owners(*_seen_and_links(seen, facts, "touched"))
        .select("customer_id")
        .unionByName(changed_links.select("customer_id"))
        .distinct()
    )


def all_customers(changed_links: DataFrame) -> DataFrame:
    """customer_id of every customer, where all links are new, as on a first run."""
    return changed_links.select("customer_id").distinct()


def all_events(facts: Facts) -> DataFrame:
    """Every event that has an owner, with the columns of `events_of`."""
    owners = event_owners(facts.sightings, facts.links, facts.rules)
    return facts.events.select(*_OF_EVENTS).join(owners, on="event_key", how="inner")


def _come_or_gone(changed_links: DataFrame, links: DataFrame) -> DataFrame:
    """identifier_key of what had no customer before, or has none now.

    What went from one to another is not among them: both stand in the changed links.
    """
    sign = F.when(F.col("change") == "delete", -1).otherwise(1)
    net = current_links(changed_links).groupBy("identifier_key").agg(F.sum(sign).alias("net"))
    now = current_links(links).groupBy("identifier_key").agg(F.count("*").alias("spans"))
    has_come = (F.col("net") > 0) & (F.col("net") == F.col("spans"))
    is_gone = (F.col("net") < 0) & F.col("spans").isNull()
    held = net.join(now, on="identifier_key", how="left_outer")
    return held.where(has_come | is_gone).select("identifier_key")


def with_sharers(touched: DataFrame, order_events: DataFrame) -> DataFrame:
    """customer_id of the touched customers and of all who have part in these orders.

    An order that one customer made and another gave back is made from the events of both.
    """
    return touched.unionByName(order_events.select("customer_id")).distinct()


def events_of(customers: DataFrame, facts: Facts, name: str = "events") -> DataFrame:
    """All events of the customers, with customer_id and the columns that tables are made from.

    Only events that show an identifier of theirs are looked at; each goes to the customer of its
    strongest identifier, who may be another one. What is kept aside bears the name.
    """
    theirs = current_links(facts.links).join(customers, on="customer_id", how="left_semi")
    keys = facts.sightings.join(
        theirs.select("identifier_key"), on="identifier_key", how="left_semi"
    ).select("event_key")
    seen = facts.sightings.join(keys.distinct(), on="event_key", how="left_semi")
    owners = event_owners(*_seen_and_links(seen, facts, name), facts.rules)
    mine = owners.join(customers, on="customer_id", how="left_semi")
    return facts.events.select(*_OF_EVENTS).join(mine, on="event_key", how="inner")


def order_events_of(events: DataFrame, facts: Facts, name: str = "orders") -> DataFrame:
    """All events of the orders that these events tell of, with customer_id, whoever's they are.

    They have the columns that orders are made from. `name` is that of materialized frames.
    """
    orders = events.where(F.col("order_id").isNotNull()).select(*_ORDER).distinct()
    parts = facts.events.select(*_OF_ORDERS).join(orders, on=_ORDER, how="left_semi")
    seen = facts.sightings.join(parts.select("event_key"), on="event_key", how="left_semi")
    owners = event_owners(*_seen_and_links(seen, facts, name), facts.rules)
    return parts.join(owners, on="event_key", how="inner")


def all_order_events(events: DataFrame) -> DataFrame:
    """What `order_events_of` gives where these are all events that have an owner."""
    return events.where(F.col("order_id").isNotNull()).select(*_OF_ORDERS, "customer_id")


def _seen_and_links(seen: DataFrame, facts: Facts, name: str) -> tuple[DataFrame, DataFrame]:
    """What is seen, and the links of that alone: whose each is is asked of both more than once."""
    seen = facts.keep(f"seen_{name}", seen.select(*_SEEN))
    keys = seen.select("identifier_key").distinct()
    links = current_links(facts.links).join(keys, on="identifier_key", how="left_semi")
    return seen, facts.keep(f"links_{name}", links)
