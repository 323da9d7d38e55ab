"""Send the day's segments to their destinations, with consent only.

Files go to ROOT/activation/DESTINATION/DAY, after the ledger is committed.

Reads    audience.membership, gold.customer, governance.consent, activation.delivery
Writes   activation.delivery
Purpose  marketing
Rerun    safe: the day's ledger rows are replaced by equal ones, the day's files by equal bytes.
"""

from cdp_spark.activation import ActivationSettings, day_scope, deliver, planned_deliveries
from cdp_spark.lake import Lake, Overwrite
from cdp_spark.launch import launch
from cdp_spark.tables.audience import CONSENT, DELIVERY, MEMBERSHIP
from cdp_spark.tables.gold import CUSTOMER


def run(lake: Lake, settings: ActivationSettings) -> None:
    """Plan, commit the ledger, then write its rows to files."""
    members, customers, consents = lake.read(MEMBERSHIP), lake.read(CUSTOMER), lake.read(CONSENT)

    if not lake.is_idle(MEMBERSHIP, CUSTOMER, CONSENT, DELIVERY):
        planned = planned_deliveries(members, customers, consents, settings, lake.as_of)
        scope = day_scope(planned, settings, lake.as_of)
        lake.publish({DELIVERY: Overwrite(planned, scope=scope)})
    if not lake.is_dry_run:  # a removed file is written again
        deliveries = lake.read(DELIVERY).where(f"as_of_on = date'{lake.as_of}'")
        deliver(deliveries, customers, settings, lake.root, lake.as_of)


if __name__ == "__main__":
    launch(run)
