"""Rebuild the customers with changed events or identifiers.

Reads    silver.event, silver.sighting, identity.link, gold.order
Writes   governance.consent, gold.activity, gold.session, gold.order, gold.customer
Purpose  operate
Rerun    safe: a customer rebuilt from the same events is the same.
"""

from cdp_spark.gold import Changes, CustomerOptions, GoldInputs, rebuilt_customers
from cdp_spark.governance.consent import consent_of
from cdp_spark.lake import Lake, Overwrite
from cdp_spark.launch import launch
from cdp_spark.settings import Settings
from cdp_spark.tables.audience import CONSENT
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.silver import EVENT, SIGHTING


def run(lake: Lake, settings: Settings) -> None:
    """Rebuild the customers affected by changes of silver and identity."""
    if not lake.has_new_rows(SIGHTING, LINK):
        return
    rules = settings.identity.identifiers
    inputs = GoldInputs(
        lake.read(EVENT), lake.read(SIGHTING), lake.read(LINK), rules, lake.materialize
    )
    is_first = lake.last_read_at(LINK) is None
    changes = Changes(lake.changes(SIGHTING), lake.changes(LINK), are_all=is_first)
    options = CustomerOptions(
        {source.name: source.trust for source in settings.sources.entries},
        tuple(rule.name for rule in rules if rule.is_device),
    )
    found = rebuilt_customers(changes, inputs, settings.gold, options, lake)
    if found is None:
        return
    consents = Overwrite(consent_of(found.events), found.customers)
    lake.publish({CONSENT: consents} | found.writes)


if __name__ == "__main__":
    launch(run)
