"""Churn: how likely a customer is to stay away for the label's whole window."""

from cdp_spark.models.spec import Baseline, ModelSpec
from cdp_spark.models.trees import classifier

SPEC = ModelSpec(
    name="churn",
    meaning="probability of no active day in the window",
    task="probability",
    estimator=lambda settings: classifier(settings.trees),
    baseline=Baseline(trait="active_day_count_112d", sign=-1, window_days=112),
    primary="auc",
)
