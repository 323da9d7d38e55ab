"""Contracts: the name of each table, its grain, and the meaning of its columns.

Comes in: nothing. Goes out: `Table` values. Always true: DDL, write checks, catalogue, masks and
sample rows are made from these and from nothing else. Decided: plain frozen dataclasses, because
Spark and a reader can both use them.
"""

from cdp_spark.tables.contract import Field, Table

__all__ = ["Field", "Table"]
