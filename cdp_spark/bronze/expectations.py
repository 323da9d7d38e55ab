"""Checks of all sources against their delivery expectations, and which of them end the run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.bronze.checks import blocking_checks, newly_failed, source_checks
from cdp_spark.semantics.expectations import DeliveryExpectations
from cdp_spark.semantics.lake_reader import LakeReader
from cdp_spark.tables.bronze import DELIVERY_CHECK, FILE

_SHOWN = 20


@dataclass(frozen=True)
class DeliveryChecks:
    """bronze.delivery_check rows, at most 20 of the newly failed, and those that end the run."""

    rows: DataFrame
    newly_failed: list[dict[str, str]]
    stopping: DataFrame


def delivery_checks(
    lake: LakeReader, expectations: Mapping[str, DeliveryExpectations], now: datetime
) -> DeliveryChecks | None:
    """The checks due now, of all sources with expectations; None if no source has any."""
    expectations = {name: expected for name, expected in expectations.items() if expected.actions}
    if not expectations:
        return None
    files, earlier = lake.read(FILE), lake.read(DELIVERY_CHECK)
    parts = [
        source_checks(_of_source(files, name), _of_source(earlier, name), name, expected, now)
        for name, expected in expectations.items()
    ]
    checks = lake.materialize("checks", reduce(DataFrame.unionByName, parts))
    failed = lake.materialize("newly_failed", newly_failed(checks, earlier))
    shown = [
        {name: str(value) for name, value in row.asDict().items()}
        for row in failed.limit(_SHOWN).collect()
    ]
    # The table as it will be after the checks are merged into it.
    keys = checks.select(*DELIVERY_CHECK.key)
    unchanged = earlier.join(keys, on=list(DELIVERY_CHECK.key), how="left_anti")
    blocking = blocking_checks(unchanged.unionByName(checks), failed, expectations)
    return DeliveryChecks(checks, shown, blocking)


def _of_source(rows: DataFrame, source: str) -> DataFrame:
    return rows.where(F.col("source") == source)
