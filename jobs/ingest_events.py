"""Take what was delivered since the last run into bronze, each record once.

A batch's files, or ranges of a topic or table, are written down first, so that a killed run is
finished with the same; files that are gone or changed by then are refused.

Reads    bronze.file
Writes   bronze.file, bronze.record
Purpose  operate
Stream   no: its sources are no table; use --follow.
Rerun    safe: files already taken are left alone.
"""

from cdp_spark.bronze import (
    counted_files,
    files_of,
    last_batch,
    lost_files,
    new_files,
    planned_files,
    records_of,
    taken_in,
)
from cdp_spark.lake import Lake
from cdp_spark.launch import launch
from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.deliveries import Delivery, delivery_of
from cdp_spark.sources.settings import SourceSettings, SourcesSettings
from cdp_spark.tables.bronze import FILE, RECORD


def run(lake: Lake, settings: SourcesSettings) -> None:
    """Take what every source has delivered; one that can't be read does not hold up the others."""
    faults: list[str] = []
    for source in settings.entries:
        try:
            take_from(lake, source, settings.longest_record)
        except SourceUnreadable as fault:
            faults.append(str(fault))
    if faults:
        raise SourceUnreadable("; ".join(faults))


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
