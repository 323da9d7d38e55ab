"""Build each customer's traits and labels for the training days and for today.

Reads    gold.activity, features.trait, features.label
Writes   features.trait, features.label
Purpose  analytics
Rerun    safe: no new rows in, no new rows out; changed customers are rebuilt on the stored days,
         and all customers where these settings or the code changed.
"""

from cdp_spark.features import (
    FeaturesSettings,
    labels_as_of,
    matured_days,
    repartitioned,
    snapshot_days,
    stale_labels,
    stale_traits,
    traits_as_of,
)
from cdp_spark.lake import Lake, Overwrite
from cdp_spark.launch import launch
from cdp_spark.tables.features import LABEL, TRAIT
from cdp_spark.tables.gold import ACTIVITY


def run(lake: Lake, settings: FeaturesSettings) -> None:
    """Bring traits and labels up to the lake's day."""
    if lake.is_idle(ACTIVITY, TRAIT, LABEL):
        return
    activity, known = lake.read(ACTIVITY), lake.read(TRAIT)
    changes = lake.changes(ACTIVITY, of_same_setup=True)
    days = snapshot_days(settings.days, lake.as_of)
    matured = matured_days(known, days, settings, lake.as_of)

    trait_scope = lake.materialize("trait_scope", stale_traits(activity, changes, known, days))
    scope = stale_labels(activity, changes, lake.read(LABEL), matured, settings)
    label_scope = lake.materialize("label_scope", scope)
    spread_out = repartitioned(activity, lake.count(trait_scope) + lake.count(label_scope))
    traits = traits_as_of(spread_out, trait_scope, settings)
    labels = labels_as_of(spread_out, label_scope, settings, lake.as_of)
    lake.publish({TRAIT: Overwrite(traits, trait_scope), LABEL: Overwrite(labels, label_scope)})


if __name__ == "__main__":
    launch(run)
