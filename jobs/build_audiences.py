"""Find the members of each segment on the day, with reasons.

Reads    gold.customer, features.trait, gold.score
Writes   audience.membership
Purpose  analytics
Rerun    safe: the day's rows are replaced by equal ones.
"""

from cdp_spark.audiences import AudiencesSettings, day_scope, members_of
from cdp_spark.lake import Lake, Overwrite
from cdp_spark.launch import launch
from cdp_spark.tables.audience import MEMBERSHIP
from cdp_spark.tables.features import TRAIT
from cdp_spark.tables.gold import CUSTOMER, SCORE


def run(lake: Lake, settings: AudiencesSettings) -> None:
    """Evaluate every segment on every customer."""
    if lake.is_idle(CUSTOMER, TRAIT, SCORE):
        return
    customers, traits, scores = lake.read(CUSTOMER), lake.read(TRAIT), lake.read(SCORE)

    members = members_of(customers, traits, scores, settings.segments, lake.as_of)

    lake.publish({MEMBERSHIP: Overwrite(members, scope=day_scope(members, lake.as_of))})


if __name__ == "__main__":
    launch(run)
