"""Take the files delivered since the last run into bronze, each once.

A batch's files are written down first, so that a killed run is finished with the same files.

Reads    bronze.file
Writes   bronze.file, bronze.record
Purpose  operate
Rerun    safe: files already taken are left alone.
"""

from cdp_spark.bronze import files_of, last_batch, new_files, planned_files, records_of, taken_in
from cdp_spark.lake import Lake
from cdp_spark.launch import launch
from cdp_spark.sources import known_formats
from cdp_spark.sources.files import checked_files, listed_files
from cdp_spark.sources.records import records_in
from cdp_spark.sources.settings import SourceSettings, SourcesSettings
from cdp_spark.tables.bronze import FILE, RECORD


def run(lake: Lake, settings: SourcesSettings) -> None:
    """Take what every source has delivered."""
    for source in settings.entries:
        known = files_of(lake.read(FILE), source.name)
        batch = last_batch(known)
        take(lake, source, batch)

        listed = listed_files(lake.spark, lake.below(source.path))
        layout = known_formats()[source.format].layout
        checked = checked_files(new_files(listed, known), layout, settings.longest_record)
        planned = planned_files(checked, known, source.name, batch + 1, lake.run.started_at)
        lake.merge(FILE, planned)
        take(lake, source, batch + 1)


def take(lake: Lake, source: SourceSettings, batch: int) -> None:
    """Append the records of a planned batch; one that was appended before is left alone."""
    plan = taken_in(files_of(lake.read(FILE), source.name), batch)
    if not plan.file_count:
        return
    found = records_in(lake.located(plan.rows, source.path), known_formats()[source.format].layout)
    origin = {
        "source": source.name,
        "format": source.format,
        "organisation": source.organisation,
        "region": source.region,
    }
    rows = records_of(found, origin, batch, lake.run.started_at)
    lake.append_once(RECORD, rows, f"ingest/{source.name}", batch, expected=plan.record_count)


if __name__ == "__main__":
    launch(run)
