"""Take what was delivered since the last run into bronze, each record once.

A batch's files, or ranges of a topic or table, are written down first, so that a killed run is
finished with the same; files that are gone or changed by then are refused. What sources promise of
their deliveries is checked at last: a broken promise may end the run, and costs no record.

Reads    bronze.file, bronze.delivery_check
Writes   bronze.file, bronze.record, bronze.delivery_check
Purpose  operate
Rerun    safe: files already taken are left alone.
"""

import logging
from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame

from cdp_spark.bronze import (
    checks_of,
    counted_files,
    files_of,
    last_batch,
    lost_files,
    new_files,
    newly_broken,
    planned_files,
    records_of,
    stopping,
    taken_in,
)
from cdp_spark.lake import Lake
from cdp_spark.launch import launch
from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.deliveries import Delivery, delivery_of
from cdp_spark.sources.settings import SourceSettings, SourcesSettings
from cdp_spark.tables.bronze import DELIVERY_CHECK, FILE, RECORD
from cdp_spark.terms.promises import Promises

_TOLD = 20
_log = logging.getLogger(__name__)


def run(lake: Lake, settings: SourcesSettings) -> None:
    """Take what every source has delivered; one that can't be read does not hold up the others."""
    faults: dict[str, str] = {}
    for source in settings.entries:
        try:
            take_from(lake, source, settings.longest_record)
        except SourceUnreadable as fault:
            faults[source.name] = str(fault)
    promised = {one.name: promises_of(one, faults) for one in settings.entries}
    broken = broken_promises(lake, {name: made for name, made in promised.items() if made.verbs})
    if faults:
        raise SourceUnreadable("; ".join(faults.values()))
    if broken:
        lake.expect_none(broken, "promises of deliveries that must be kept")


def promises_of(source: SourceSettings, faults: Mapping[str, str]) -> Promises:
    """What can be judged of a source; where it couldn't be read, how long it is silent alone."""
    made = source.deliveries
    return Promises(freshness=made.freshness) if source.name in faults else made


def broken_promises(lake: Lake, promised: Mapping[str, Promises]) -> DataFrame | None:
    """Check deliveries and tell what is newly broken; the checks that end the run, if asked."""
    if lake.is_dry_run or not promised:
        return None
    files, judged, now = lake.read(FILE), lake.read(DELIVERY_CHECK), lake.run.started_at
    parts = [
        checks_of(files_of(files, name), files_of(judged, name), name, made, now)
        for name, made in promised.items()
    ]
    found = lake.keep("checks", reduce(DataFrame.unionByName, parts))
    news = lake.keep("news", newly_broken(found, judged))
    lake.merge(DELIVERY_CHECK, found)
    for row in news.limit(_TOLD).collect():
        _log.warning("delivery promise broken: %s", {k: str(v) for k, v in row.asDict().items()})
    return stopping(lake.read(DELIVERY_CHECK), news, promised)


def take_from(lake: Lake, source: SourceSettings, longest_record: int) -> None:
    """Finish the batch a killed run began, then plan and take what has come since."""
    folder = lake.below(source.path)
    delivery = delivery_of(source, lake.spark, folder, longest_record, lake.run.started_at)
    known = files_of(lake.read(FILE), source.name)
    last = last_batch(known)
    begun = taken_in(known, last)
    if begun.file_count and not lake.has_batch(RECORD, writer_of(source), last):
        lake.merge(FILE, lost_files(begun.rows, delivery.checked(begun.rows)))
        take(lake, source, delivery, last)

    known = files_of(lake.read(FILE), source.name)
    for batch, listed in enumerate(delivery.listed(known), start=last + 1):
        checked = delivery.checked(new_files(listed, known))
        lake.merge(FILE, planned_files(checked, known, source.name, batch, lake.run.started_at))
        take(lake, source, delivery, batch)


def writer_of(source: SourceSettings) -> str:
    """The name under which a source's batches are numbered in the table's log."""
    return f"ingest/{source.name}"


def take(lake: Lake, source: SourceSettings, delivery: Delivery, batch: int) -> None:
    """Append the records of a planned batch; one that was appended before is left alone."""
    plan = taken_in(files_of(lake.read(FILE), source.name), batch)
    if not plan.file_count:
        return
    origin = source.model_dump(include={"format", "organisation", "region"})
    named = origin | {"source": source.name}
    rows = records_of(delivery.records(plan.rows), named, batch, lake.run.started_at)
    expected = plan.record_count
    if not delivery.counts_ahead:
        rows = lake.keep(f"{source.name}-{batch}", rows)
        lake.merge(FILE, counted_files(plan.rows, rows))
        expected = rows.count()
    lake.append_once(RECORD, rows, writer_of(source), batch, expected=expected)


if __name__ == "__main__":
    launch(run)
