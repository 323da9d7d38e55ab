"""The only storage: Delta tables by path, their versions, leases and the ledger of runs.

Comes in: frames in the columns of a contract. Goes out: frames. Invariants: rows are checked before
the first commit of a run; a commit succeeds only if the table still has the version the rows were
computed from; direct personal columns have no statistics. Decided: new facts are appended with a
transaction number and not compared with stored rows, unless a run was killed or another process
changed the table. All other writes are compared by content, which also works if the ledger is lost
or a rerun's input has grown. Small tables are read as one partition and written by delta-rs,
because the cost of a small run is its number of Spark jobs; larger ones by Spark, with the same
result.
"""

from cdp_spark.lake.errors import (
    ContractBroken,
    LakeError,
    LakeNotWritable,
    LeaseHeld,
    TableMoved,
)
from cdp_spark.lake.lake import Lake
from cdp_spark.lake.ledger import Run
from cdp_spark.lake.reading import CHANGE, DELETED, UPSERT
from cdp_spark.tables.writes import Append, Overwrite

__all__ = [
    "CHANGE",
    "DELETED",
    "UPSERT",
    "Append",
    "ContractBroken",
    "Lake",
    "LakeError",
    "LakeNotWritable",
    "LeaseHeld",
    "Overwrite",
    "Run",
    "TableMoved",
]
