"""Models: churn, propensity and customer value of each customer.

Comes in: features.trait and features.label. Goes out: fitted models, and gold.score. Always true:
training outcomes were known by the first test day; every metric has the naive baseline's beside it,
on the same rows; equal rows and settings give an equal model id and equal scores. Decided:
features, sampling and scoring run in Spark, the fit is one process on a bounded sample of
customers, drawn by a hash of their id; rows are neither weighted nor resampled, because both spoil
probabilities.
"""
