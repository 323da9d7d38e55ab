"""What a customer allows, and what follows from it; works from contracts, not from rooms.

Comes in: events with the customer they belong to. Goes out: governance.consent. Always true: no
word said means nothing granted; silence is never turned into consent. Decided: between two words
of the same moment the one that withholds wins, because sending by mistake cannot be taken back.
"""

from cdp_spark.governance.consent import consent_of

__all__ = ["consent_of"]
