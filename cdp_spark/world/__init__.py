"""Simulated customers with known truth, made by Spark at any size; and one real panel.

Comes in   the session and WorldSettings (conf/world.yaml).
Goes out   delivered lines of JSON (Segment spec) with the person behind each, and the truth alone.
Always     every value is a function of the seed and the keys of what it describes: the same seed
           gives the same rows on any number of partitions; another seed gives another world.
Decided    no person is joined to another: what people share (tablets, numbers, mailboxes) is
           computed from each person's own number, so a world of any size needs no shuffle.
"""

from cdp_spark.world.deliveries import deliveries_of as deliveries_of
from cdp_spark.world.deliveries import first_daily_on as first_daily_on
from cdp_spark.world.deliveries import truth_of as truth_of
from cdp_spark.world.settings import HazardRates as HazardRates
from cdp_spark.world.settings import WorldSettings as WorldSettings
