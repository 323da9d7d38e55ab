"""Segments: their members on a day, with reasons.

Comes in: gold.customer, features.trait and gold.score of the day. Goes out: audience.membership.
Always true: a customer is at most once in a segment on a day, with the conditions that hold; the
rows depend on the day's tables and conf alone. Decided: all segments are evaluated in one pass
over the customers, so another segment costs no further join.
"""

from cdp_spark.audiences.members import day_scope, members_of
from cdp_spark.audiences.settings import AudiencesSettings, SegmentSettings

__all__ = ["AudiencesSettings", "SegmentSettings", "day_scope", "members_of"]
