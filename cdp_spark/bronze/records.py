"""Records of a batch in the columns of bronze.record."""

from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables.bronze import RECORD


def records_of(
    records: DataFrame, origin: dict[str, str], batch: int, landed_at: datetime
) -> DataFrame:
    """bronze.record rows: the records of a batch, with their origin.

    `origin` gives source, format, organisation and region; `delivered_at` comes with the records.
    """
    labels = {name: F.lit(value) for name, value in origin.items()}
    return records.withColumns(
        {
            **labels,
            "raw_hash": F.xxhash64("raw"),
            "batch": F.lit(batch).cast("long"),
            "landed_at": F.lit(landed_at),
        }
    ).select(*RECORD.columns)
