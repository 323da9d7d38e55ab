"""Models: churn, propensity, customer value; what each customer is likely to do next.

Comes in: features.trait and features.label. Goes out: fitted models, and gold.score. Always true:
outcomes learned from were known by the first day a model is judged on; every metric stands beside
the naive baseline's on the same rows; equal rows and settings give an equal model id and equal
scores. Decided: features, sampling and scoring run where the rows are, the fit is one process on a
bounded sample of customers, drawn by a hash of their id; probabilities are learned from rows as
they are, because weights and copies of rare rows spoil them.
"""
