"""Contracts: what every table is called, what a row of it is, and what its columns mean.

Comes in: nothing. Goes out: `Table` values. Always true: DDL, write checks, catalogue, masks and
sample rows are made from these and from nothing else. Decided: plain frozen dataclasses, because
they say to Spark and to a reader the same thing.
"""

from cdp_spark.tables.contract import Field, Table

__all__ = ["Field", "Table"]
