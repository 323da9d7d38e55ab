"""Customer value: what a customer will spend, net of refunds, in the label's window.

Poisson loss: its logarithmic link fits amounts that multiply, and its fitted mean adds up to the
outcomes learned from, so the total needs no correction afterwards. The level is learned from
several days; a single day would teach its own season.
The normalised Gini decides, because the score is there to rank customers, and because the mean
absolute error is won by a model that predicts medians and so gets every total wrong; the guard on
the total keeps the level honest.
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
