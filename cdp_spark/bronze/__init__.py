"""One row per delivered record, as it came, plus where, when and in which batch.

Comes in: checked files or ranges and the records in them. Goes out: bronze.file, bronze.record and
bronze.delivery_check.
Always true: a batch's files or ranges are written down before its records, so a killed run finishes
exactly the batch it began; nothing is lost or doubled. Decided: the batch number is the transaction
number of the append, kept by Delta in bronze.record's own log, because it survives the loss of
every ledger; where the next range begins is told by bronze.file alone, for the same reason.
"""

from cdp_spark.bronze.batches import Intake
from cdp_spark.bronze.expectations import delivery_checks
from cdp_spark.bronze.promises import standing_of
from cdp_spark.bronze.records import records_of

__all__ = ["Intake", "delivery_checks", "records_of", "standing_of"]
