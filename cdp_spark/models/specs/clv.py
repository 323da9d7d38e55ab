"""Customer value: the amount a customer spends, net of refunds, in the label's window.

Poisson loss: its logarithmic link fits multiplicative amounts, and the fitted mean equals that of
the training outcomes, so the total needs no correction. Several training days average out the
season of a single one.
The primary metric is the normalised Gini, because the score ranks customers. The mean absolute
error would prefer a model that predicts medians, whose totals are all wrong; the guard on the total
keeps the level right.
"""

from cdp_spark.models.spec import Baseline, ModelSpec
from cdp_spark.models.trees import regressor

SPEC = ModelSpec(
    name="clv",
    meaning="amount spent in the window",
    task="amount",
    estimator=lambda settings: regressor(settings.trees, "poisson"),
    baseline=Baseline(trait="net_amount_112d", sign=1, window_days=112),
    primary="gini",
    guards={"total_ratio": (0.85, 1.15)},
)
