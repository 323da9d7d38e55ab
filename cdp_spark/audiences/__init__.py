"""Segments: who is in which, on one day, and why.

Comes in: gold.customer, features.trait and gold.score of the day. Goes out: audience.membership.
Always true: a customer stands at most once in a segment on a day, with the conditions that hold;
the rows depend on the day's tables and conf alone. Decided: all segments are judged in one pass
over the customers, so a further segment costs no further join.
"""

from cdp_spark.audiences.members import day_of, members_of
from cdp_spark.audiences.settings import AudiencesSettings, SegmentSettings

__all__ = ["AudiencesSettings", "SegmentSettings", "day_of", "members_of"]
