"""Train each model with changed rows or settings; one that beats its baseline is champion.

Reads    features.trait, features.label
Writes   nothing in the lake: runs and models go to MLflow
Purpose  analytics
Rerun    safe: a model of the same rows and settings is registered already and left unchanged.
"""

import logging

from cdp_spark.lake import Lake
from cdp_spark.launch import launch
from cdp_spark.models.rows import TrainingSetInvalid, training_set
from cdp_spark.models.training import trained
from cdp_spark.settings import Settings
from cdp_spark.tables.features import LABEL, TRAIT
from cdp_spark.tracking.tracking import Tracking

_log = logging.getLogger(__name__)


def run(lake: Lake, settings: Settings) -> None:
    """Train the models that are not registered yet."""
    tracking = Tracking.at(lake.root, settings.tracking)
    if lake.is_idle(TRAIT, LABEL) and tracking.has_any(settings.models.specs):
        return
    traits, labels = lake.read(TRAIT), lake.read(LABEL)

    for name in sorted(settings.models.specs):
        try:
            rows = training_set(traits, labels, name, settings.models)
            if not (lake.is_dry_run or tracking.has(name, rows.model_id)):
                tracking.record(trained(rows), lake.table_versions())
        except TrainingSetInvalid as reason:
            _log.warning("%s is not trained: %s", name, reason)


if __name__ == "__main__":
    launch(run)
