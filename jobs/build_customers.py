"""Make the customers anew whose events or identifiers changed, with all they did.

Reads    silver.event, silver.sighting, identity.link, gold.order
Writes   gold.activity, gold.session, gold.order, governance.consent, gold.customer
Purpose  operate
Rerun    safe: a customer made anew from the same events is the same.
"""

from cdp_spark.gold import (
    Facts,
    Knowledge,
    activity_of,
    customers_of,
    events_of,
    order_events_of,
    order_keys_of,
    orders_of,
    sessions_of,
    touched_customers,
    with_sharers,
)
from cdp_spark.governance.consent import consent_of
from cdp_spark.lake import Lake, Overwrite
from cdp_spark.launch import launch
from cdp_spark.settings import Settings
from cdp_spark.tables.audience import CONSENT
from cdp_spark.tables.gold import ACTIVITY, CUSTOMER, ORDER, SESSION
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.silver import EVENT, SIGHTING


def run(lake: Lake, settings: Settings) -> None:
    """Follow what changed in silver and identity."""
    gold, rules, links = settings.gold, settings.identity.identifiers, lake.read(LINK)
    facts = Facts(lake.read(EVENT), lake.read(SIGHTING), links, rules, lake.keep)
    changed = touched_customers(lake.changes(SIGHTING), lake.changes(LINK), facts)
    touched = lake.keep("touched", changed)
    if touched.isEmpty():
        return
    events = lake.keep("touched_events", events_of(touched, facts, "touched_events"))
    order_events = lake.keep("touched_orders", order_events_of(events, facts, "touched_orders"))
    customers = lake.keep("customers", with_sharers(touched, order_events))
    if customers.count() > touched.count():  # who shares an order is made anew, too
        events = lake.keep("events", events_of(customers, facts))
        order_events = lake.keep("order_events", order_events_of(events, facts))
    orders = lake.keep("orders", orders_of(order_events, gold.orders))
    order_keys = order_keys_of(order_events, lake.read(ORDER), customers)
    knowledge = Knowledge(
        {source.name: source.trust for source in settings.sources.entries},
        tuple(rule.name for rule in rules if rule.is_device),
    )
    lake.publish(
        {
            ACTIVITY: Overwrite(activity_of(events, gold.orders), customers),
            SESSION: Overwrite(sessions_of(events, gold), customers),
            ORDER: Overwrite(orders, order_keys),
            CONSENT: Overwrite(consent_of(events), customers),
            CUSTOMER: Overwrite(customers_of(events, orders, links, gold, knowledge), customers),
        }
    )


if __name__ == "__main__":
    launch(run)
