"""The only storage: Delta tables by path, their versions, leases and the ledger of runs.

Comes in: frames in the columns of a contract. Goes out: frames. Invariants: rows are checked before
the first commit of a run; a commit is made upon the version its rows were made from, or not at all;
direct personal columns have no statistics. Decided: new facts are appended by number and compared
with nothing, unless a run was killed or somebody else changed the table since; all else is compared
by content, because that holds when the ledger is lost and when a rerun's input has grown. Small
tables are read as one partition and written by delta-rs, because a small run's cost is the number
of its Spark jobs; larger ones by Spark, with the same result.
"""

from cdp_spark.lake.errors import ContractBroken, LakeError, LeaseHeld, TableMoved
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
    "LeaseHeld",
    "Overwrite",
    "Run",
    "TableMoved",
]
