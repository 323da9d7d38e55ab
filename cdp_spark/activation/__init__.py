"""Segments sent to destinations, and the ledger of what was sent and held back.

Comes in: audience.membership, gold.customer and governance.consent. Goes out: activation.delivery,
and files below the destination's folder. Always true: only members with consent for the
destination's purpose and with a contact are written; all others are in the ledger with a reason;
file and ledger have the same rows. Decided: consent is read when sending, not when the segment is
built; no answer is no consent. Decided: the ledger is committed before the file is written. A run
killed in between may list a member who was not sent yet, never the reverse: erasure finds every
customer a destination may hold, and the rerun makes both equal.
"""

from cdp_spark.activation.deliver import deliver
from cdp_spark.activation.destination import Receipt
from cdp_spark.activation.plan import day_scope, planned_deliveries
from cdp_spark.activation.settings import ActivationSettings, DestinationSettings

__all__ = [
    "ActivationSettings",
    "DestinationSettings",
    "Receipt",
    "day_scope",
    "deliver",
    "planned_deliveries",
]
