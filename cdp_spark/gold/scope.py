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


def touched_customers(
    changed_sightings: DataFrame,
    changed_links: DataFrame,
    sightings: DataFrame,
    links: DataFrame,
) -> DataFrame:
    """customer_id of everybody whose events or identifiers changed, those retired included.

    An identifier that leaves its customer hands the events it decided over to whoever else they
    show, and takes them when it comes: all seen beside one that moved are touched too.
    """
    shown = sightings.join(_moved(changed_links), on="identifier_key", how="left_semi")
    beside = sightings.join(shown.select("event_key"), on="event_key", how="left_semi")
    seen = changed_sightings.select("identifier_key").unionByName(beside.select("identifier_key"))
    by_sighting = current_links(links).join(seen.distinct(), on="identifier_key", how="left_semi")
    return (
        by_sighting.select("customer_id")
        .unionByName(changed_links.select("customer_id"))
        .distinct()
    )


def _moved(changed_links: DataFrame) -> DataFrame:
    """identifier_key of identifiers that came to a customer or left one, or at another time."""
    current = F.when(F.col("recorded_to").isNull(), F.struct("customer_id", "valid_from"))
    is_gone = F.col("change") == "delete"
    owners = changed_links.groupBy("identifier_key").agg(
        F.array_sort(F.collect_set(F.when(is_gone, current))).alias("before"),
        F.array_sort(F.collect_set(F.when(~is_gone, current))).alias("after"),
    )
    return owners.where(F.col("before") != F.col("after")).select("identifier_key")


def with_sharers(touched: DataFrame, order_events: DataFrame) -> DataFrame:
    """customer_id of the touched customers and of all who have part in these orders.

    An order that one customer made and another gave back is made from the events of both.
    """
    return touched.unionByName(order_events.select("customer_id")).distinct()


def events_of(customers: DataFrame, facts: Facts) -> DataFrame:
    """All events of the customers, with customer_id.

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


def order_events_of(events: DataFrame, facts: Facts) -> DataFrame:
    """All events of the orders that these events tell of, with customer_id, whoever's they are."""
    orders = events.where(F.col("order_id").isNotNull()).select(*_ORDER).distinct()
    parts = facts.events.join(orders, on=_ORDER, how="left_semi")
    seen = facts.sightings.join(parts.select("event_key"), on="event_key", how="left_semi")
    owners = owners_of(seen, facts.links, facts.rules)
    return parts.join(owners, on="event_key", how="inner")
