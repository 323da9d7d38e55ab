"""Propensity: how likely a customer is to order within the label's window."""

from cdp_spark.models.spec import Baseline, ModelSpec
from cdp_spark.models.trees import classifier

SPEC = ModelSpec(
    name="propensity",
    meaning="probability of an order in the window",
    task="probability",
    estimator=lambda settings: classifier(settings.trees),
    baseline=Baseline(trait="order_count_112d", sign=1, window_days=112),
    primary="auc",
)
