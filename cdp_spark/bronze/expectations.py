"""How the sources' deliveries stand against what is expected of them, and what that means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.bronze.promises import checks_of, newly_broken, stopping
from cdp_spark.tables.bronze import DELIVERY_CHECK, FILE
from cdp_spark.terms.bench import Bench
from cdp_spark.terms.promises import Promises

_SHOWN = 20


@dataclass(frozen=True)
class DeliveryChecks:
    """Rows of bronze.delivery_check; of those newly broken at most 20; those that end the run."""

    rows: DataFrame
    newly_broken: list[dict[str, str]]
    stopping: DataFrame


def delivery_checks(
    bench: Bench, promised: Mapping[str, Promises], now: datetime
) -> DeliveryChecks | None:
    """The checks due now of all sources that promise something; none where no source does."""
    promised = {name: made for name, made in promised.items() if made.verbs}
    if not promised:
        return None
    files, judged = bench.read(FILE), bench.read(DELIVERY_CHECK)
    parts = [
        checks_of(_of(files, name), _of(judged, name), name, made, now)
        for name, made in promised.items()
    ]
    found = bench.keep("checks", reduce(DataFrame.unionByName, parts))
    broken = bench.keep("newly_broken", newly_broken(found, judged))
    shown = [
        {name: str(value) for name, value in row.asDict().items()}
        for row in broken.limit(_SHOWN).collect()
    ]
    # As the table will be once the checks are merged into it.
    keys = found.select(*DELIVERY_CHECK.key)
    others = judged.join(keys, on=list(DELIVERY_CHECK.key), how="left_anti")
    ending = stopping(others.unionByName(found), broken, promised)
    return DeliveryChecks(found, shown, ending)


def _of(rows: DataFrame, source: str) -> DataFrame:
    return rows.where(F.col("source") == source)
