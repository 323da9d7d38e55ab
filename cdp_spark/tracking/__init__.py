"""Tracking: the only door to MLflow: runs with their metrics, and the registry of models.

Comes in: fitted models and what is told of them. Goes out: the leading model of a name. Always
true: a model is stored once per model id; the alias `champion` only ever moves to a model that
beat its baseline; stored models are plain files read through a list of allowed classes, never
pickles. Decided: nothing is re-exported here, because importing MLflow takes seconds and most
jobs need none of it: `from cdp_spark.tracking.tracking import Tracking`.
"""
