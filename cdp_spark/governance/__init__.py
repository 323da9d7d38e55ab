"""Consent of customers; works from contracts, not from rooms.

Comes in: events with their customers. Goes out: governance.consent. Always true: without an answer
nothing is granted; silence is never consent. Decided: of two answers at the same moment the
withdrawal wins, because a message sent by mistake cannot be undone.
"""

from cdp_spark.governance.consent import consent_of

__all__ = ["consent_of"]
