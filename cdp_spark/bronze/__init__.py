"""One row per record received, with its exact bytes, its origin, its time and its batch.

Comes in: checked files or ranges and their records. Goes out: bronze.file, bronze.record and
bronze.delivery_check.
Invariants: a batch's files or ranges are stored before its records, so a rerun after a kill
finishes exactly that batch; no record is lost or duplicated. Decided: the batch number is the
transaction number of the append, which Delta keeps in the log of bronze.record, because it survives
the loss of ops.run; the start of the next range comes from bronze.file alone, for the same reason.
"""

from cdp_spark.bronze.batches import Intake
from cdp_spark.bronze.checks import latest_checks
from cdp_spark.bronze.expectations import delivery_checks
from cdp_spark.bronze.files import rejected_files
from cdp_spark.bronze.records import records_of

__all__ = ["Intake", "delivery_checks", "latest_checks", "records_of", "rejected_files"]
