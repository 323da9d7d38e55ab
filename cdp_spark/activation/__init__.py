"""Segments brought to destinations, and the ledger of what was sent and what was held back.

Comes in: audience.membership, gold.customer and governance.consent. Goes out: activation.delivery,
and files below the destination's folder. Always true: only a member with consent for the
destination's purpose and with a contact is written; everybody else is in the ledger with a reason;
file and ledger are made from the same rows. Decided: consent is read when sending, not when the
segment was built; no word said is no consent. Decided: the ledger is committed before the file is
written, so a run killed in between may name somebody who was not sent yet, never the other way
round: erasure finds everybody a destination may hold, and the rerun makes both equal.
"""

from cdp_spark.activation.deliver import deliver
from cdp_spark.activation.destination import Receipt
from cdp_spark.activation.plan import planned_deliveries, scope_of
from cdp_spark.activation.settings import ActivationSettings, DestinationSettings

__all__ = [
    "ActivationSettings",
    "DestinationSettings",
    "Receipt",
    "deliver",
    "planned_deliveries",
    "scope_of",
]
