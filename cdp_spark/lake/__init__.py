"""The only storage: Delta tables by path, their versions, leases and the ledger of runs.

Comes in: frames in the columns of a contract. Goes out: frames. Always true: rows are staged and
checked before the first commit of a run; only rows that differ are written; direct personal
columns have no statistics. Decided: idempotence by content rather than by transaction numbers,
because it holds when the ledger is lost and when a rerun's input has grown; what was found to be
new is compared again only where a run was killed or somebody else committed. Only bronze, which
never looks at its stored rows, appends by number.
"""

from cdp_spark.lake.errors import ContractBroken, LakeError, LeaseHeld, TableMoved
from cdp_spark.lake.lake import CHANGE, DELETED, UPSERT, Lake
from cdp_spark.lake.ledger import Run
from cdp_spark.lake.writes import Amendment, Replacement

__all__ = [
    "CHANGE",
    "DELETED",
    "UPSERT",
    "Amendment",
    "ContractBroken",
    "Lake",
    "LakeError",
    "LeaseHeld",
    "Replacement",
    "Run",
    "TableMoved",
]
