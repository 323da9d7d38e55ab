"""Rebuild the customers with changed events or identifiers.

Reads    silver.event, silver.sighting, identity.link, gold.order, gold.account_member, gold.rate
Writes   governance.consent, gold.account_member, gold.account, gold.activity, gold.session,
         gold.order, gold.customer, gold.rate
Purpose  operate
Rerun    safe: a customer rebuilt from the same events is the same.
"""

from cdp_spark.gold import CustomerOptions, GoldInputs, InputChanges, rebuilt_customers
from cdp_spark.gold.rates import conversion_of, rate_changes, rate_write
from cdp_spark.governance.consent import consent_of
from cdp_spark.lake import Lake, Overwrite
from cdp_spark.launch import launch
from cdp_spark.settings import Settings
from cdp_spark.tables.audience import CONSENT
from cdp_spark.tables.gold import RATE
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.silver import EVENT, SIGHTING


def run(lake: Lake, settings: Settings) -> None:
    """Rebuild the customers affected by changes of silver, identity and exchange rates."""
    base = settings.project.currency, settings.currencies
    rates = rate_changes(lake.fetch(RATE), *base)
    if not rates and not lake.has_new_rows(SIGHTING, LINK, EVENT):
        return
    rules, conversion = settings.identity.identifiers, conversion_of(lake.spark, *base)
    events = conversion.with_value(lake.read(EVENT))
    inputs = GoldInputs(events, lake.read(SIGHTING), lake.read(LINK), rules, lake.materialize)
    is_first, changed = lake.last_read_at(LINK) is None, lake.changes
    changes = InputChanges(changed(SIGHTING), changed(LINK), changed(EVENT), rates, is_first)
    trust = {source.name: source.trust for source in settings.sources.entries}
    options = CustomerOptions(trust, tuple(rule.name for rule in rules if rule.is_device))
    found = rebuilt_customers(changes, inputs, settings.gold, options, lake)
    new_rates = {RATE: rate_write(lake.spark, *base)} if rates else {}
    if found is None:
        lake.publish(new_rates)
        return
    consents = Overwrite(consent_of(found.events), found.customers)
    # Rates last: the next run compares with them.
    lake.publish({CONSENT: consents} | found.writes | new_rates)


if __name__ == "__main__":
    launch(run)
