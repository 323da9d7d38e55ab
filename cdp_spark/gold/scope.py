"""The customers a run rebuilds, and their events."""

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.semantics.identifiers import IdentifierRule
from cdp_spark.semantics.ownership import current_links, event_owners, identifier_owners

_ORDER = ["order_namespace", "order_id"]
_SEEN = ["event_key", "identifier_key", "kind", "event_at"]  # decides the customer of an event
# Events are materialized and read once per table, so without payloads, which no table needs.
_OF_EVENTS = [
    *("event_key", "source", "type", "name", "event_at", "event_on", "available_at"),
    *(*_ORDER, "amount", "currency", "value", "products", "campaign", "consent", "account_key"),
    *("email", "phone", "first_name", "last_name", "birth_on", "city", "country"),
]
_OF_ORDERS = [
    *("event_key", "source", "name", "event_at"),
    *(*_ORDER, "amount", "currency", "value", "products"),
]


@dataclass(frozen=True)
class GoldInputs:
    """The inputs of gold: all events, sightings and links, and the rules of identifiers.

    Events have `value`, the amount in the project's currency.
    `materialize(name, rows)` computes rows once.
    """

    events: DataFrame
    sightings: DataFrame
    links: DataFrame
    rules: tuple[IdentifierRule, ...]
    materialize: Callable[[str, DataFrame], DataFrame]


def affected_customers(
    changed_sightings: DataFrame, changed_links: DataFrame, inputs: GoldInputs
) -> DataFrame:
    """customer_id of each customer with changed events or identifiers, retired ones included.

    When an identifier gains its first owner or loses its last, the events it decided change
    customer: the owners of all identifiers seen with it are affected too. Of a shared identifier
    only the owner at that moment is affected.
    """
    changed = inputs.materialize("gained_or_lost", _gained_or_lost(changed_links, inputs.links))
    shown = inputs.sightings.join(changed, on="identifier_key", how="left_semi")
    beside = inputs.sightings.join(shown.select("event_key"), on="event_key", how="left_semi")
    seen = changed_sightings.select(*_SEEN).unionByName(beside.select(*_SEEN))
    return (
        identifier_owners(*_seen_and_links(seen, inputs, "affected"))
        .select("customer_id")
        .unionByName(changed_links.select("customer_id"))
        .distinct()
    )


def with_sightings_of(
    repriced: DataFrame, changed_sightings: DataFrame, inputs: GoldInputs
) -> DataFrame:
    """The changed sightings and those of the events that have another value now."""
    keys = repriced.select("event_key")
    seen = inputs.sightings.join(keys, on="event_key", how="left_semi")
    return changed_sightings.select(*_SEEN).unionByName(seen.select(*_SEEN))


def all_customers(changed_links: DataFrame) -> DataFrame:
    """customer_id of every customer; for a first run, where all links are new."""
    return changed_links.select("customer_id").distinct()


def all_events(inputs: GoldInputs) -> DataFrame:
    """Every event that has an owner or an order, with the columns of `events_of`.

    customer_id is null for an event of an order that names no one.
    """
    owners = event_owners(inputs.sightings, inputs.links, inputs.rules)
    found = inputs.events.select(*_OF_EVENTS).join(owners, on="event_key", how="left_outer")
    return found.where(F.col("customer_id").isNotNull() | F.col("order_id").isNotNull())


def orders_in(changed_events: DataFrame) -> DataFrame:
    """Namespace and id of each order that the events belong to; they may name no customer."""
    return changed_events.where(F.col("order_id").isNotNull()).select(*_ORDER).distinct()


def _gained_or_lost(changed_links: DataFrame, links: DataFrame) -> DataFrame:
    """identifier_key of each identifier without a customer before, or without one now.

    Identifiers that changed customer are not included: the changed links name both customers.
    """
    sign = F.when(F.col("change") == "delete", -1).otherwise(1)
    net = current_links(changed_links).groupBy("identifier_key").agg(F.sum(sign).alias("net"))
    now = current_links(links).groupBy("identifier_key").agg(F.count("*").alias("period_count"))
    is_gained = (F.col("net") > 0) & (F.col("net") == F.col("period_count"))
    is_lost = (F.col("net") < 0) & F.col("period_count").isNull()
    held = net.join(now, on="identifier_key", how="left_outer")
    return held.where(is_gained | is_lost).select("identifier_key")


def with_order_customers(affected: DataFrame, order_events: DataFrame) -> DataFrame:
    """customer_id of the affected customers and of all customers of these orders.

    An order that one customer placed and another returned is built from the events of both.
    """
    of_orders = order_events.where(F.col("customer_id").isNotNull()).select("customer_id")
    return affected.unionByName(of_orders).distinct()


def events_of(customers: DataFrame, inputs: GoldInputs, name: str = "events") -> DataFrame:
    """All events of the customers, with customer_id and the columns that tables need.

    Reads only events with an identifier of these customers; each belongs to the customer of its
    strongest identifier, who may be another one. `name` is that of materialized frames.
    """
    own_links = current_links(inputs.links).join(customers, on="customer_id", how="left_semi")
    keys = inputs.sightings.join(
        own_links.select("identifier_key"), on="identifier_key", how="left_semi"
    ).select("event_key")
    seen = inputs.sightings.join(keys.distinct(), on="event_key", how="left_semi")
    owners = event_owners(*_seen_and_links(seen, inputs, name), inputs.rules)
    own_events = owners.join(customers, on="customer_id", how="left_semi")
    return inputs.events.select(*_OF_EVENTS).join(own_events, on="event_key", how="inner")


def order_events_of(orders: DataFrame, inputs: GoldInputs, name: str = "orders") -> DataFrame:
    """All events of these orders, of any customer or of none, with customer_id.

    They have the columns that orders need. `name` is that of materialized frames.
    """
    parts = inputs.events.select(*_OF_ORDERS).join(orders, on=_ORDER, how="left_semi")
    return with_owners(parts, inputs, name)


def with_owners(events: DataFrame, inputs: GoldInputs, name: str) -> DataFrame:
    """The events with customer_id, null where they name no one."""
    seen = inputs.sightings.join(events.select("event_key"), on="event_key", how="left_semi")
    owners = event_owners(*_seen_and_links(seen, inputs, name), inputs.rules)
    return events.join(owners, on="event_key", how="left_outer")


def all_order_events(events: DataFrame) -> DataFrame:
    """The same as `order_events_of`, from all events."""
    return events.where(F.col("order_id").isNotNull()).select(*_OF_ORDERS, "customer_id")


def _seen_and_links(seen: DataFrame, inputs: GoldInputs, name: str) -> tuple[DataFrame, DataFrame]:
    """The sightings and their links, materialized: each is read more than once."""
    seen = inputs.materialize(f"seen_{name}", seen.select(*_SEEN))
    keys = seen.select("identifier_key").distinct()
    links = current_links(inputs.links).join(keys, on="identifier_key", how="left_semi")
    return seen, inputs.materialize(f"links_{name}", links)
