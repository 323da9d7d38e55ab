"""Tracking: the only access to MLflow: runs with their metrics, and the model registry.

Comes in: fitted models with parameters and metrics. Goes out: the champion of a name. Always true:
a model is stored once per model id; the alias `champion` only moves to a model that beats its
baseline; stored models are plain files read through a list of allowed classes, never pickles.
Decided: nothing is re-exported here, because importing MLflow takes seconds and most jobs do not
need it: `from cdp_spark.tracking.tracking import Tracking`.
"""
