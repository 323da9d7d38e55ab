"""Take the files delivered since the last run into bronze, each once.

A batch's files are written down first, so that a killed run is finished with the same files;
those that are gone or changed by then are refused.

Reads    bronze.file
Writes   bronze.file, bronze.record
Purpose  operate
Rerun    safe: files already taken are left alone.
"""

from cdp_spark.bronze import (
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
from cdp_spark.sources import SourceUnreadable, known_formats
from cdp_spark.sources.files import checked_files, listed_files
from cdp_spark.sources.records import records_in
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
    """Finish the batch a killed run began, then plan and take the next."""
    layout = known_formats()[source.format].layout
    known = files_of(lake.read(FILE), source.name)
    batch = last_batch(known)
    begun = taken_in(known, batch)
    if begun.file_count and not lake.has_batch(RECORD, writer_of(source), batch):
        located = lake.located(begun.rows, source.path)
        found = checked_files(located, layout, longest_record, source.reading)
        lake.merge(FILE, lost_files(begun.rows, found))
        take(lake, source, batch)

    known = files_of(lake.read(FILE), source.name)
    listed = new_files(listed_files(lake.spark, lake.below(source.path)), known)
    checked = checked_files(listed, layout, longest_record, source.reading)
    lake.merge(FILE, planned_files(checked, known, source.name, batch + 1, lake.run.started_at))
    take(lake, source, batch + 1)


def writer_of(source: SourceSettings) -> str:
    """The name under which a source's batches are numbered in the table's log."""
    return f"ingest/{source.name}"


def take(lake: Lake, source: SourceSettings, batch: int) -> None:
    """Append the records of a planned batch; one that was appended before is left alone."""
    plan = taken_in(files_of(lake.read(FILE), source.name), batch)
    if not plan.file_count:
        return
    layout = known_formats()[source.format].layout
    found = records_in(lake.located(plan.rows, source.path), layout, source.reading)
    origin = {
        "source": source.name,
        "format": source.format,
        "organisation": source.organisation,
        "region": source.region,
    }
    rows = records_of(found, origin, batch, lake.run.started_at)
    lake.append_once(RECORD, rows, writer_of(source), batch, expected=plan.record_count)


if __name__ == "__main__":
    launch(run)
